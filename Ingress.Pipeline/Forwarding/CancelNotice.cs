using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Forwarding;

/// <summary>
/// Tells a client that its request, handed over or running, is cancelled: when the backend has confirmed it, and at the latest after a
/// while, since a backend that does not answer must not keep a client waiting.
/// </summary>
/// <param name="request">The request.</param>
/// <param name="ending">Ends it.</param>
/// <param name="following">Ends when the backend has confirmed, or certainly has no job.</param>
/// <param name="time">The clock.</param>
internal sealed class CancelNotice(ConversationRequest request, RequestEnding ending, Task following, TimeProvider time)
{
    /// <summary>The longest time a client waits for the confirmation.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Begins to wait.</summary>
    public void Start() => _ = WaitAsync();

    private async Task WaitAsync()
    {
        if (request.State == RequestState.Ended)
        {
            return;
        }

        await following.WaitAsync(Patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var reason = request.CancelReason;
        ending.Cancel(request, reason == CancelReason.SessionGone ? CancelReason.Client : reason);
    }
}
