using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Ingress.RunPod.Simulation;

/// <summary>One HTTP call to a simulated endpoint.</summary>
internal sealed class SimulatedCall(HttpContext http, SimulatedEndpoint endpoint, SimulatedOperation operation)
{
    public HttpContext Http { get; } = http;

    public SimulatedEndpoint Endpoint { get; } = endpoint;

    public SimulatedOperation Operation { get; } = operation;

    /// <summary>Gets or sets a value indicating whether the chunks that the call drains get lost.</summary>
    public bool LosesChunks { get; set; }

    public string JobId => Route("jobId");

    public string WorkerId => Route("workerId");

    /// <summary>Gets the token that fires when the client hangs up or the simulator stops.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Reads a query value in milliseconds. What is no number counts as absent, what is out of range is moved into it.</summary>
    public TimeSpan? QueryTime(string name, int low, int high) =>
        QueryNumber(name) is { } ms ? TimeSpan.FromMilliseconds(Math.Clamp(ms, low, high)) : null;

    public long? QueryNumber(string name) =>
        long.TryParse(Http.Request.Query[name], NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Reads the body.</summary>
    /// <returns>Null if it is larger than <paramref name="limit"/>.</returns>
    public Task<ReadOnlyMemory<byte>?> ReadBodyAsync(int limit) => RequestBody.ReadAsync(Http.Request, limit, Aborted);

    private string Route(string name) => (string)Http.Request.RouteValues[name]!; // each route that is asked for it has it
}
