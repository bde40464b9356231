using System.Text;
using System.Text.Json;
using Ingress.RunPod.Simulation;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Simulation.Support;

/// <summary>A simulated endpoint without HTTP, on a clock that the test moves.</summary>
internal sealed class EndpointBench : IDisposable
{
    private long _sequence;

    public EndpointBench(Action<SimulatorOptions>? configure = null)
    {
        var options = new SimulatorOptions { HealthLag = TimeSpan.Zero };
        configure?.Invoke(options);
        Endpoint = new SimulatedEndpoint("ep", options, Time, new SimulatorDice(options.Seed), () => ++_sequence);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 9, 1, 12, 0, 0, TimeSpan.Zero));

    public SimulatedEndpoint Endpoint { get; }

    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public string Run(string input = """{"prompt":"one two three"}""", string policy = "null") =>
        IdOf(Endpoint.Run(Request(input, policy)));

    public string[] RunMany(int count, string input = """{"simulate":{"handler":"plain","durationMs":60000}}""") =>
        [.. Enumerable.Range(0, count).Select(_ => Run(input))];

    public static RunRequest Request(string input, string policy = "null")
    {
        var body = Encoding.UTF8.GetBytes($$"""{"input":{{input}},"policy":{{policy}}}""");
        RunRequest.TryRead(body, out var request, out var problem).Should().BeTrue(problem);
        return request!;
    }

    public JsonElement Status(string id) => Endpoint.Status(id, null).Json();

    public string State(string id) => Endpoint.Status(id, null) is { Status: 200 } reply ? reply.Json().GetProperty("status").GetString()! : "404";

    public async Task<JsonElement> StreamAsync(string id, double wait = 10) =>
        (await Endpoint.StreamAsync(id, TimeSpan.FromSeconds(wait), lose: false, CancellationToken.None)).Json();

    /// <summary>Gives the workers as "idle initializing running throttled unhealthy".</summary>
    public string Workers()
    {
        var w = Endpoint.Stats().Counts.Workers;
        return $"{w.Idle} {w.Initializing} {w.Running} {w.Throttled} {w.Unhealthy}";
    }

    public HealthCounts Counts() => Endpoint.Stats().Counts;

    public void Change(Action<SimulatorOptions> change)
    {
        var options = Endpoint.Options.Copy();
        change(options);
        Endpoint.Options = options;
    }

    public JobRecord Job(string id) => Endpoint.Jobs().Single(job => job.Id == id);

    public void Dispose() => Endpoint.Dispose();

    internal static string IdOf(Reply reply)
    {
        reply.Status.Should().Be(200);
        return reply.Json().GetProperty("id").GetString()!;
    }
}
