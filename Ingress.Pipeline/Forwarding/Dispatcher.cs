using System.Diagnostics;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Forwarding;

/// <summary>
/// The consumer of one endpoint's queue: waits for a request, then for the backend's room, and only then decides which request goes, so
/// that one whose connection has closed meanwhile takes nobody's turn.
/// </summary>
/// <param name="lane">The endpoint.</param>
/// <param name="runner">Follows what was handed over.</param>
/// <param name="ending">Ends what was given up at the last moment.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where faults are noted.</param>
internal sealed partial class Dispatcher(
    EndpointLane lane, RequestRunner runner, RequestEnding ending, TimeProvider time, ILogger<Dispatcher> logger)
{
    /// <summary>Forwards until the token fires. Nothing but the token ends it.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when the token has fired.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ForwardNextAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A bug must not stop everybody's requests, nor burn a core if it comes again at once.
                LogFault(lane.Name, e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ForwardNextAsync(CancellationToken cancellationToken)
    {
        if (!lane.Queue.HasWaiting())
        {
            await lane.Queue.WaitForArrivalAsync(cancellationToken);
        }

        await lane.Pause.WaitAsync(cancellationToken);
        var slot = await lane.Backend.AcquireSlotAsync(cancellationToken);
        if (lane.Pause.IsPaused || !lane.Queue.TryTake(out var request))
        {
            slot.Release();
            return;
        }

        if (request.DetachInput() is { } input && request.CancelReason == CancelReason.None)
        {
            await TryHandOver(request, slot, input);
        }
        else
        {
            // Given up between being taken and being sent: it goes nowhere. Whoever has ended it already has the better reason.
            slot.Release();
            ending.Cancel(request, request.CancelReason is CancelReason.None or CancelReason.SessionGone ? CancelReason.Client : request.CancelReason);
        }
    }

    private Task TryHandOver(ConversationRequest request, IJobSlot slot, byte[] input)
    {
        try
        {
            return HandOver(request, slot, input);
        }
        catch
        {
            // Nobody follows it: its slot and its place would be held for ever.
            slot.Release();
            ending.Fail(
                request,
                new RequestError(ErrorCode.DispatchUnknown, "The service met an unexpected error; the request is not sent again, lest it run twice."));
            request.Process?.Dispose();
            throw;
        }
    }

    // Returns when the next request may be sent without overtaking this one.
    private Task HandOver(ConversationRequest request, IJobSlot slot, byte[] input)
    {
        Activity.Current = null;
        request.Process = RequestTracing.StartProcess(request, time);
        if (request.Process is not null)
        {
            RequestTracing.Waited(request, time);
        }

        var submission = new JobSubmission(input, request.Policy, RequestTracing.TraceParent(request.Trace));
        var handover = slot.Submit(submission);
        _ = runner.RunAsync(request, slot, handover.Answer, time.GetTimestamp());
        Activity.Current = null;
        return handover.Sent;
    }

    [LoggerMessage(1, LogLevel.Error, "Forwarding to endpoint {Endpoint} met an unexpected error and goes on.", EventName = "DispatcherFault")]
    private partial void LogFault(string endpoint, Exception exception);
}
