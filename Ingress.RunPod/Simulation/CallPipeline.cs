using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Simulation;

/// <summary>What every call to an endpoint passes through: the key, the network delay, the limits, the faults.</summary>
internal sealed class CallPipeline(Simulator simulator, ILogger logger)
{
    private static readonly TimeSpan TruncateGrace = TimeSpan.FromMilliseconds(20);

    private readonly FaultRunner _faults = new(simulator.Time);

    public RequestDelegate For(SimulatedOperation operation, Func<SimulatedCall, ValueTask<Reply>> handle) =>
        http => RunAsync(http, operation, handle);

    private async Task RunAsync(HttpContext http, SimulatedOperation operation, Func<SimulatedCall, ValueTask<Reply>> handle)
    {
        var endpoint = simulator.Endpoint((string)http.Request.RouteValues["endpointId"]!); // every such route has it
        var call = new SimulatedCall(http, endpoint, operation);
        try
        {
            var oneWay = endpoint.Options.Latency / 2;
            await DelayAsync(oneWay, call.Aborted);
            var reply = IsAuthorized(http.Request) ? await AnswerAsync(call, handle) : Reply.Error(401, "unauthorized");
            await DelayAsync(oneWay, call.Aborted);
            await SendAsync(http, reply);
        }
        catch (OperationCanceledException)
        {
            // The client hung up, or a fault hung up on it. The token is set a little after Abort, so it is not asked here.
            http.Abort();
        }
        catch (BadHttpRequestException)
        {
            // The client broke off in the middle of its body.
        }
    }

    /// <summary>
    /// Counts the call in for as long as it is worked on. It is out before its answer is sent: who has the answer may call again.
    /// </summary>
    private async Task<Reply> AnswerAsync(SimulatedCall call, Func<SimulatedCall, ValueTask<Reply>> handle)
    {
        if (!call.Endpoint.TryEnter(call.Operation))
        {
            SimulatorLog.TooMany(logger, call.Operation.Name(), call.Endpoint.Id);
            return Reply.Error(429, "too many requests", call.Endpoint.Options.RetryAfter);
        }

        try
        {
            if (call.Operation is SimulatedOperation.Cancel)
            {
                call.Endpoint.CancelCalled(call.JobId);
            }

            if (simulator.Faults.Pick(call.Operation, call.Endpoint.Id) is not { } fault)
            {
                return await handle(call);
            }

            SimulatorLog.FaultHit(logger, fault.Kind, call.Operation.Name(), call.Endpoint.Id);
            call.Endpoint.FaultHit(call.Operation);
            return await _faults.RunAsync(fault, call, handle);
        }
        finally
        {
            call.Endpoint.Leave(call.Operation);
        }
    }

    private bool IsAuthorized(HttpRequest request)
    {
        // RunPod's own pages show the key with and without the scheme; its workers send it without.
        var header = request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : header.Trim();
        return simulator.Options.ApiKey is { } expected
            ? CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(expected))
            : key.Length > 0 && !key.Equals("Bearer", StringComparison.OrdinalIgnoreCase);
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, simulator.Time, cancellationToken) : Task.CompletedTask;

    private static async Task SendAsync(HttpContext http, Reply reply)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            reply.Undelivered?.Invoke();
            return;
        }

        var response = http.Response;
        response.StatusCode = reply.Status;
        if (reply.RetryAfter is { } retryAfter)
        {
            response.Headers.RetryAfter = ((long)retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (reply.Status == StatusCodes.Status204NoContent)
        {
            return;
        }

        response.ContentType = reply.ContentType;
        response.ContentLength = reply.Body.Length;
        try
        {
            await response.Body.WriteAsync(reply.SentBytes is { } sent ? reply.Body[..sent] : reply.Body, http.RequestAborted);
            if (reply.SentBytes is not null)
            {
                // Abort drops what the transport has not passed on yet, and nothing tells when it has.
                await response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(TruncateGrace, CancellationToken.None);
                http.Abort();
            }
        }
        catch (OperationCanceledException)
        {
            reply.Undelivered?.Invoke();
        }
    }
}
