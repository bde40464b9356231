using Ingress.Api.Configuration;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class ConfigurationTests
{
    [TestCase("Queue:Capacity", "0", "must be between 1 and")]
    [TestCase("Queue:Capacity", "abc", "must be a whole number")]
    [TestCase("Queue:Capacity", "99999999999", "must be a whole number of at most")]
    [TestCase("Queue:Capacity", "", "must be a whole number")]
    [TestCase("Queue:MaxBytes", "1.5", "must be a whole number")]
    [TestCase("Queue:MaxWait", "15s", "must be a time written as hours:minutes:seconds")]
    [TestCase("Queue:MaxWait", "15", "must be a time written as hours:minutes:seconds")]
    [TestCase("Queue:MaxWait", "00:00:00", "must be between")]
    [TestCase("Queue:MaxPendingPerConnection", "0", "must be between 1 and")]
    [TestCase("WebSocket:MaxMessageBytes", "10000001", "must be between 1 and 10000000")]
    [TestCase("WebSocket:MaxConnections", "-1", "must be between 1 and")]
    [TestCase("WebSocket:MaxBufferedBytes", "1000", "must be between 1048576 and")]
    [TestCase("WebSocket:MaxBufferedBytes", "1GB", "must be a whole number")]
    [TestCase("WebSocket:KeepAliveTimeout", "00:00:00", "must be between")]
    [TestCase("WebSocket:KeepAliveInterval", "99:99:99", "must be a time written as hours:minutes:seconds")]
    [TestCase("WebSocket:AllowedOrigins:0", "https://a.example/path", "must be '*' or an origin")]
    [TestCase("WebSocket:AllowedOrigins", "*", "must be a list")]
    [TestCase("Session:ResumeGrace", "-00:00:01", "must be between")]
    [TestCase("RateLimit:RequestsPerSecond", "fast", "must be a number")]
    [TestCase("RateLimit:Burst", "5", "must come with RateLimit:RequestsPerSecond")]
    [TestCase("Shutdown:DrainTimeout", "2.00:00:00", "must be between")]
    [TestCase("RunPod:MaxWorkers", "0", "must be between 1 and 1000")]
    [TestCase("RunPod:PollInterval", "00:00:00", "must be between")]
    [TestCase("RunPod:Limits:RunRequests", "none", "must be a whole number")]
    [TestCase("RunPod:Endpoints:large:MaxWorkers", "x", "must be a whole number")]
    [TestCase("Simulator:MaxWorkers", "-1", "must be between 0 and 1000")]
    [TestCase("Simulator:Scaler", "Magic", "must be one of QueueDelay, RequestCount")]
    [TestCase("Simulator:Faults:0:Kind", "Bang", "must be one of")]
    [TestCase("Simulator:Limits", "maybe", "must be true or false")]
    [TestCase("Auth:Jwt:Authority", "http://issuer.example", "must be an absolute https URL")]
    [TestCase("urls", "8080", "must be addresses")]
    [TestCase("RunPod:Limits", "many", "must be a section")]
    [TestCase("Logging:LogLevel:Default", "Loud", "must be one of Trace")]
    public async Task Create_BadValue_SaysKeyValueAndRule(string key, string value, string rule)
    {
        var problems = await ProblemsAsync((key, value));

        problems.Should().ContainSingle(problem => problem.StartsWith(key, StringComparison.Ordinal))
            .Which.Should().Contain($"'{value}'").And.Contain(rule);
    }

    [TestCase("Auth:ApiKeys:0", "my-secret-key", "must be the SHA-256 digest")]
    [TestCase("Auth:AdminKeys:0", "my-secret-key", "must be the SHA-256 digest")]
    [TestCase("Auth:ApiKeys", "my-secret-key", "must be a list, Auth__ApiKeys__0")]
    [TestCase("Auth:ApiKey", "my-secret-key", "Did you mean Auth:ApiKeys?")]
    [TestCase("Auth:Jwt:SigningKeys:0:Value", "my-secret-key", "must be at least 32 bytes in base64")]
    public async Task Create_BadSecret_SaysKeyAndRuleWithoutTheValue(string key, string value, string rule)
    {
        var problems = await ProblemsAsync((key, value), ("Auth:Jwt:Audience", "a"), ("Auth:Jwt:ValidIssuer", "i"));

        problems.Should().ContainSingle().Which.Should().StartWith(key).And.Contain(rule).And.NotContain(value);
    }

    [Test]
    public async Task Create_KeysBelowAValue_SaysKeyAndRule() =>
        (await ProblemsAsync(("Queue:Capacity:Max", "5")))
            .Should().ContainSingle().Which.Should().Be("Queue:Capacity has keys of its own: must be a single value.");

    [Test]
    public async Task Create_BadBaseUrl_SaysKeyValueAndRule() =>
        (await ProblemsAsync(("RunPod:BaseUrl", "api.runpod.ai"), ("RunPod:EndpointId", "e"), ("RunPod:ApiKey", "k")))
            .Should().ContainSingle().Which.Should().StartWith("RunPod:BaseUrl is 'api.runpod.ai': must be an absolute http or https URL");

    [Test]
    public async Task Create_JwtWithoutAudience_SaysWhatToSet() =>
        (await ProblemsAsync(("Auth:Jwt:Authority", "https://issuer.example")))
            .Should().ContainSingle().Which.Should().StartWith("Auth:Jwt:Audience").And.Contain("must be set");

    [Test]
    public async Task Create_SeveralBadValues_NamesThemAllAtOnce() =>
        (await ProblemsAsync(("Queue:Capacity", "0"), ("Session:ResumeGrace", "-00:00:01"), ("RunPod:MaxWorkers", "0")))
            .Should().HaveCount(3);

    [Test, CancelAfter(20_000)]
    public async Task Start_UnknownKey_WarnsWithTheLikelyOne(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Queue:Capasity", "5"), ("RunPod:Endpoints:large:MaxWorker", "5"));

        cancellationToken.ThrowIfCancellationRequested();
        var warnings = server.Logs.Lines.Where(static line => line.Event.Name == "UnknownKey").Select(static line => line.Message);
        warnings.Should().BeEquivalentTo(
            "RunPod:Endpoints:large:MaxWorker is not a setting and has no effect. Did you mean RunPod:Endpoints:large:MaxWorkers?",
            "Queue:Capasity is not a setting and has no effect. Did you mean Queue:Capacity?");
    }

    [TestCase("Production", null, null, "RunPod:EndpointId", "RunPod:ApiKey", "DOTNET_ENVIRONMENT=Development")]
    [TestCase("Production", "e", null, "RunPod:ApiKey")]
    [TestCase("Production", null, "k", "RunPod:EndpointId")]
    [TestCase("Development", "e", null, "RunPod:ApiKey")]
    [TestCase("Development", null, "k", "RunPod:EndpointId")]
    [TestCase("Staging", null, null, "RunPod:EndpointId", "RunPod:ApiKey", "it is Staging")]
    public async Task Create_RunPodMissing_SaysWhatToSet(string environment, string? id, string? key, params string[] expected)
    {
        var problems = await ProblemsAsync(("environment", environment), ("RunPod:EndpointId", id), ("RunPod:ApiKey", key));

        problems.Should().HaveSameCount(expected);
        problems.Zip(expected).Should().OnlyContain(static pair => pair.First.Contains(pair.Second));
        if (expected.Contains("RunPod:ApiKey"))
        {
            problems.Should().Contain(static problem => problem.Contains("RunPod__ApiKey"));
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task Start_SomebodysVariableNamedLikeASection_IsPassedOver(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("SESSION", "ubuntu"), ("Queue", "print"));

        cancellationToken.ThrowIfCancellationRequested();
        server.Logs.Lines.Should().NotContain(static line => line.Event.Name == "UnknownKey");
    }

    [Test, CancelAfter(20_000)]
    public async Task Start_DevelopmentWithoutRunPod_RunsTheSimulatorAndWarns(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        cancellationToken.ThrowIfCancellationRequested();
        server.Simulator.Should().NotBeNull();
        server.Logs.Lines.Should().ContainSingle(static line => line.Event.Name == "SimulatorRuns")
            .Which.Should().Match<CapturedLine>(line => line.Level == LogLevel.Warning
                && line.Message.StartsWith("No RunPod endpoint is configured: running against the embedded simulator at http://127.0.0.1:"));
    }

    [Test, CancelAfter(20_000)]
    public async Task Start_RunPodConfigured_RunsNoSimulator(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            ("RunPod:BaseUrl", "http://127.0.0.1:9/v2/"), ("RunPod:EndpointId", "e"), ("RunPod:ApiKey", "k"));

        cancellationToken.ThrowIfCancellationRequested();
        server.Simulator.Should().BeNull();
        server.Logs.Lines.Should().NotContain(static line => line.Event.Name == "SimulatorRuns");
    }

    [Test, CancelAfter(20_000)]
    public async Task Start_SimulatorWithFurtherEndpoints_ServesEachByName(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("RunPod:Endpoints:large:EndpointId", ""));
        await using var client = await server.ConnectAsync(cancellationToken);

        await client.SendAsync("""{"type":"request","id":"r","endpoint":"large","input":{"prompt":"hi"}}""", cancellationToken);

        await client.ReceiveEventAsync("request.completed", cancellationToken);
        server.Simulator!.Engine.Jobs("large").Should().ContainSingle();
    }

    private static async Task<IReadOnlyList<string>> ProblemsAsync(params (string Key, string? Value)[] settings)
    {
        using var logs = new CapturedLogs();
        var creating = () => IngressServer.CreateAsync(logs, null, settings);
        return (await creating.Should().ThrowAsync<ConfigurationProblemException>()).Which.Problems;
    }
}
