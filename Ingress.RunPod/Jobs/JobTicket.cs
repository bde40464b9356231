namespace Ingress.RunPod.Jobs;

/// <summary>A job that RunPod has taken.</summary>
/// <param name="Id">RunPod's id of it.</param>
/// <param name="SubmittedAt">The <see cref="TimeProvider.GetTimestamp"/> of its hand-over; its time to live is counted from there.</param>
/// <param name="Ttl">The time to live that it was sent with. RunPod deletes it then, whatever its state.</param>
/// <param name="ExecutionTimeout">The longest that it was to run for, from the moment when a worker takes it up.</param>
internal sealed record JobTicket(string Id, long SubmittedAt, TimeSpan Ttl, TimeSpan ExecutionTimeout)
{
    // RunPod's clock starts when the request arrives and its clean-up takes a while.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    /// <summary>Gives what is left of the time in which the job can still be alive; zero or less when it certainly is not.</summary>
    public TimeSpan Left(TimeProvider time) => Ttl + Margin - time.GetElapsedTime(SubmittedAt);

    /// <summary>Tells whether RunPod should long have stopped it, had it run since then.</summary>
    public bool HasRunTooLong(long startedAt, TimeProvider time) => time.GetElapsedTime(startedAt) > ExecutionTimeout + Margin;
}
