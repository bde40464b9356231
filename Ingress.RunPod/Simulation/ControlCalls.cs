using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Simulation;

/// <summary>
/// The control API under <c>/_control</c>: what RunPod has not, and what a test or a curious developer wants. It asks for no key.
/// </summary>
internal sealed class ControlCalls(Simulator simulator, ILogger logger)
{
    private const int LargestBody = 1024 * 1024;

    public RequestDelegate Settings => http => SendAsync(http, SettingsReply(Endpoint(http)));

    public RequestDelegate Change => async http =>
        await SendAsync(http, await ReadAsync(http) is { } json ? Apply(json, Endpoint(http)) : NotJson);

    public RequestDelegate Faults => http => SendAsync(http, Reply.Json(ControlJson.Faults(simulator.Faults.List())));

    public RequestDelegate AddFaults => async http => await SendAsync(http, await ReadAsync(http) is { } json ? Add(json) : NotJson);

    public RequestDelegate ClearFaults => http =>
    {
        simulator.Faults.Clear();
        return SendAsync(http, Reply.NoContent);
    };

    public RequestDelegate Jobs => http => SendAsync(http, Reply.Json(ControlJson.Jobs(simulator.Jobs(Endpoint(http)))));

    public RequestDelegate Stats => http =>
        SendAsync(http, Reply.Json(ControlJson.Stats(simulator.Endpoints.Select(static endpoint => endpoint.Stats()))));

    public RequestDelegate Reset => http =>
    {
        simulator.Reset();
        return SendAsync(http, Reply.NoContent);
    };

    /// <summary>Kills workers that are up: <c>?count=</c> of them (1) at <c>?endpoint=</c>.</summary>
    public RequestDelegate Crash => http =>
    {
        var count = int.TryParse(http.Request.Query["count"], out var wanted) ? wanted : 1;
        return SendAsync(http, Endpoint(http) is { } id
            ? Reply.Json(ControlJson.Crashed(simulator.Endpoint(id).CrashSome(count)))
            : Reply.Error(400, "name the endpoint: ?endpoint=…"));
    };

    private static Reply NotJson => Reply.Error(400, "the body is not valid JSON");

    private static string? Endpoint(HttpContext http) => http.Request.Query["endpoint"].ToString() is { Length: > 0 } id ? id : null;

    private Reply SettingsReply(string? endpointId)
    {
        var shown = OptionsOf(endpointId).Copy();
        shown.ApiKey = shown.ApiKey is null ? null : "***";
        return Reply.Json(JsonSerializer.SerializeToUtf8Bytes(shown, SimulatorJsonContext.Default.SimulatorOptions));
    }

    private SimulatorOptions OptionsOf(string? endpointId) =>
        endpointId is null ? simulator.Options : simulator.Endpoint(endpointId).Options;

    /// <summary>Lays the given settings over those in force; what is not named stays.</summary>
    private Reply Apply(JsonNode json, string? endpointId)
    {
        if (json is not JsonObject changes)
        {
            return Reply.Error(400, "expected a JSON object");
        }

        try
        {
            var settings = JsonSerializer.SerializeToNode(OptionsOf(endpointId), SimulatorJsonContext.Default.SimulatorOptions)!.AsObject();
            foreach (var (name, value) in changes)
            {
                settings[name] = value?.DeepClone();
            }

            var options = settings.Deserialize(SimulatorJsonContext.Default.SimulatorOptions)!; // an object gives an object
            var problems = string.Join("; ", SimulatorOptions.Validate(options));
            if (problems.Length > 0)
            {
                return Reply.Error(400, problems);
            }

            simulator.Apply(options, endpointId);
            SimulatorLog.SettingsChanged(logger);
            return SettingsReply(endpointId);
        }
        catch (JsonException exception)
        {
            return Reply.Error(400, exception.Message);
        }
    }

    private Reply Add(JsonNode json)
    {
        try
        {
            var list = json as JsonArray ?? new JsonArray(json);
            var faults = list.Deserialize(SimulatorJsonContext.Default.ListSimulatorFault)!; // an array gives a list
            var problems = string.Join("; ", faults.SelectMany((fault, i) => SimulatorOptionsRules.Check(fault, $"Faults:{i}")));
            if (problems.Length > 0)
            {
                return Reply.Error(400, problems);
            }

            simulator.Faults.Add(faults);
            return Reply.Json(ControlJson.Faults(simulator.Faults.List()));
        }
        catch (JsonException exception)
        {
            return Reply.Error(400, exception.Message);
        }
    }

    private static async Task<JsonNode?> ReadAsync(HttpContext http)
    {
        try
        {
            var body = await RequestBody.ReadAsync(http.Request, LargestBody, http.RequestAborted);
            return body is { } read ? JsonNode.Parse(read.Span) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task SendAsync(HttpContext http, Reply reply)
    {
        http.Response.StatusCode = reply.Status;
        if (reply.Status != StatusCodes.Status204NoContent)
        {
            http.Response.ContentType = reply.ContentType;
            http.Response.ContentLength = reply.Body.Length;
            await http.Response.Body.WriteAsync(reply.Body, http.RequestAborted);
        }
    }
}
