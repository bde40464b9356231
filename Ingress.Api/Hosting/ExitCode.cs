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

    /// <summary>Something in the configuration has to be mended first (<c>EX_CONFIG</c>).</summary>
    public const int Configuration = 78;
}
