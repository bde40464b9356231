namespace Ingress.Api.Hosting;

/// <summary>How the process ends; beside its own, those that <c>sysexits.h</c> gives a name.</summary>
internal static class ExitCode
{
    /// <summary>It was asked to end, and did.</summary>
    public const int Success = 0;

    /// <summary>A fault.</summary>
    public const int Failure = 1;

    /// <summary>Wrong arguments (<c>EX_USAGE</c>).</summary>
    public const int Usage = 64;

    /// <summary>A file cannot be used (<c>EX_DATAERR</c>).</summary>
    public const int BadData = 65;

    /// <summary>The service cannot be reached (<c>EX_UNAVAILABLE</c>).</summary>
    public const int Unavailable = 69;

    /// <summary>The service refuses the key (<c>EX_NOPERM</c>).</summary>
    public const int NoPermission = 77;

    /// <summary>Something in the configuration has to be mended first (<c>EX_CONFIG</c>).</summary>
    public const int Configuration = 78;

    /// <summary>The person at the terminal ended it, as shells count it: 128 and the signal's number.</summary>
    public const int Interrupted = 130;
}
