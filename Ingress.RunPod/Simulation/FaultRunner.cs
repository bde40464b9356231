using System.Text;

namespace Ingress.RunPod.Simulation;

/// <summary>Does to a call what a fault rule says.</summary>
internal sealed class FaultRunner(TimeProvider time)
{
    private static readonly byte[] HtmlPage = Encoding.UTF8.GetBytes(
        "<!DOCTYPE html>\n" +
        "<html><head><title>502 Bad gateway</title></head><body><h1>Bad gateway</h1><p>Error code 502</p></body></html>\n");

    private static readonly byte[] GarbageBytes = Encoding.UTF8.GetBytes("{\"status\": upstream connect error");

    public async ValueTask<Reply> RunAsync(SimulatorFault fault, SimulatedCall call, Func<SimulatedCall, ValueTask<Reply>> handle)
    {
        switch (fault.Kind)
        {
            case SimulatorFaultKind.LostChunks:
                call.LosesChunks = true;
                return await handle(call);
            case SimulatorFaultKind.Delay:
                await Task.Delay(fault.Delay ?? TimeSpan.FromSeconds(1), time, call.Aborted);
                return await handle(call);
            case SimulatorFaultKind.Truncate:
                var whole = await HideAsync(call, handle);
                return whole with { SentBytes = whole.Body.Length / 2 };
            case SimulatorFaultKind.ResetAfter:
                await HideAsync(call, handle);
                throw HangUp(call);
            case SimulatorFaultKind.ResetBefore:
                throw HangUp(call);
            case SimulatorFaultKind.Hang:
                return await HangAsync(fault, call, handle);
            default:
                return await ReplaceAsync(fault, call, handle);
        }
    }

    private static async ValueTask<Reply> HideAsync(SimulatedCall call, Func<SimulatedCall, ValueTask<Reply>> handle)
    {
        var reply = await handle(call);
        if (reply.NewJob is { } job)
        {
            call.Endpoint.AnswerLost(job);
        }

        return reply;
    }

    private async Task<Reply> HangAsync(SimulatorFault fault, SimulatedCall call, Func<SimulatedCall, ValueTask<Reply>> handle)
    {
        if (fault.Processed)
        {
            await HideAsync(call, handle);
        }

        await Task.Delay(fault.Delay ?? Timeout.InfiniteTimeSpan, time, call.Aborted);
        throw HangUp(call);
    }

    private static async Task<Reply> ReplaceAsync(SimulatorFault fault, SimulatedCall call, Func<SimulatedCall, ValueTask<Reply>> handle)
    {
        if (fault.Processed)
        {
            await HideAsync(call, handle);
        }

        return fault.Kind switch
        {
            SimulatorFaultKind.Html => new Reply(fault.Status ?? 502, HtmlPage, "text/html; charset=UTF-8", fault.RetryAfter),
            SimulatorFaultKind.Garbage => new Reply(200, GarbageBytes, RetryAfter: fault.RetryAfter),
            _ => Reply.Error(fault.Status ?? 500, "simulated fault", fault.RetryAfter),
        };
    }

    /// <summary>Cuts the connection. The exception takes the call out of the pipeline the way a client's own hanging up does.</summary>
    private static OperationCanceledException HangUp(SimulatedCall call)
    {
        call.Http.Abort();
        return new OperationCanceledException(call.Aborted);
    }
}
