namespace Ingress.Pipeline.Forwarding;

/// <summary>Receives what happens to a job that is being followed. Calls never overlap and must return quickly.</summary>
public interface IJobObserver
{
    /// <summary>Gets the timestamp at which the job's listener left; 0 while it is there, and where that is not known.</summary>
    long LeftAt => 0;

    /// <summary>A worker has taken the job up; called again when the backend started it anew after losing its worker.</summary>
    /// <param name="start">Which worker, and after how long.</param>
    void OnStarted(JobStart start);

    /// <summary>The job has yielded a chunk.</summary>
    /// <param name="output">The chunk's UTF-8 JSON as the backend sent it; valid only during the call.</param>
    void OnOutput(ReadOnlySpan<byte> output);
}
