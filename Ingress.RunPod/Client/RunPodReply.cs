namespace Ingress.RunPod.Client;

/// <summary>The outcome of a call as a value; calls throw only when their caller gives them up.</summary>
/// <param name="Kind">What came of it.</param>
/// <param name="Status">The HTTP status; 0 where there was no answer.</param>
/// <param name="Job">The body; set when, and only when, answered.</param>
/// <param name="RetryAfter">How long RunPod asks to wait.</param>
internal readonly record struct RunPodReply(ReplyKind Kind, int Status = 0, JobAnswer? Job = null, TimeSpan? RetryAfter = null)
{
    /// <summary>Gets whether RunPod refuses our key.</summary>
    public bool IsUnauthorized => Status is 401 or 403;

    /// <summary>Gets whether RunPod does not know what the call was about.</summary>
    public bool IsNotFound => Status == 404;

    /// <summary>Gets whether RunPod turned the call away only because there were too many.</summary>
    public bool IsThrottled => Status is 408 or 429;

    /// <summary>Gets what happened, for logs and operators.</summary>
    public string Describe() => Kind switch
    {
        ReplyKind.Answered => $"HTTP {Status}",
        ReplyKind.Unreadable => $"HTTP {Status} with a body that is no answer of this API",
        ReplyKind.Refused => $"HTTP {Status}",
        ReplyKind.NotSent => "no connection",
        _ => "no answer",
    };
}
