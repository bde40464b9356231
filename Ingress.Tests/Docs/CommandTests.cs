using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Ingress.Pipeline.Operations;
using Ingress.Tests.Simulation.Support;
using Ingress.Tests.Support;
using Ingress.Tests.Telemetry;
using NUnit.Framework.Interfaces;

namespace Ingress.Tests.Docs;

/// <summary>Runs the commands of the pages, each group under the name that the comment above it has.</summary>
[TestFixture, NonParallelizable]
[Platform("Linux,MacOsX")]
internal sealed partial class CommandTests
{
    private const string Usual = "http://localhost:8080";
    private const string UsualSimulator = "http://127.0.0.1:8090";
    private static readonly IReadOnlyList<CommandBlock> Blocks = CommandBlock.ReadAll();
    private readonly List<string> _run = [];

    [SetUp]
    public void Forget() => _run.Clear();

    [TearDown]
    public void Commands_OfATestThatPassed_AreThoseItSaysItRuns()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Passed)
        {
            _run.Distinct().Should().BeEquivalentTo(NamesOf(GetType().GetMethod(TestContext.CurrentContext.Test.MethodName!)!));
        }
    }

    [Test]
    public void Pages_EveryCommand_IsRunOrListedWithTheReason()
    {
        var named = Blocks.Where(static block => block.Name.Length > 0).ToArray();
        named.Select(static block => block.Name).Should().BeEquivalentTo(GetType().GetMethods().SelectMany(NamesOf).Distinct(), "each has a test below");
        var run = named.SelectMany(static block => block.Commands);
        string[] others = [.. Blocks.Where(static block => block.Name.Length == 0).SelectMany(static block => block.Commands).Except(run)];
        others.Except(CommandsNotRun.Reasons.Keys).Except(CommandsNotRun.NoCommands).Should().BeEmpty("whatever is not run is listed with the reason");
        CommandsNotRun.Reasons.Keys.Concat(CommandsNotRun.NoCommands).Except(others).Should().BeEmpty("only what is on the pages is listed");
    }

    [Test, Runs("start"), CancelAfter(60_000)]
    public async Task Start_WithoutAccountOrKey_ServesAConversation(CancellationToken cancellationToken)
    {
        await using var service = Script("start").Serve(("ASPNETCORE_ENVIRONMENT", "Development"), ("Simulator__ColdStart", "00:00:00"));

        await ConverseAsync(await service.WaitForAddressAsync(cancellationToken), cancellationToken);

        service.Output.Should().Contain("imulator", "it says against what it runs");
    }

    [Test, Runs("real", "try"), CancelAfter(60_000)]
    public async Task Real_EndpointAndKey_ServesAConversationAndIsTried(CancellationToken cancellationToken)
    {
        await using var runpod = await SimulatorServer.StartAsync(static options => options.ApiKey = "rpa_secret");
        await using var service = Script("real").With("EndpointId=…", "EndpointId=abc123").With("ApiKey=…", "ApiKey=rpa_secret").Serve(Stand(runpod));
        var address = await service.WaitForAddressAsync(cancellationToken);

        var said = await Script("try").With(Usual, Base(address))
            .With("send \"", $"send --url ws://{address.Authority}/ws \"").RunAsync(cancellationToken);

        said.Should().Contain("\"runpod\":{\"status\":").And.Contain("to be or not to be");
        runpod.Engine.Jobs("abc123").Should().NotBeEmpty();
    }

    [Test, Runs("real"), CancelAfter(60_000)]
    public async Task Real_WrongKey_IsNotReadyAndSaysWhy(CancellationToken cancellationToken)
    {
        await using var runpod = await SimulatorServer.StartAsync(static options => options.ApiKey = "rpa_secret");
        await using var service = Script("real").With("EndpointId=…", "EndpointId=abc123").With("ApiKey=…", "ApiKey=wrong").Serve(Stand(runpod));
        using var http = new HttpClient { BaseAddress = await service.WaitForAddressAsync(cancellationToken) };

        await service.WaitForOutputAsync("RunPod:ApiKey", cancellationToken);

        using var ready = await http.GetAsync("/health/ready", cancellationToken);
        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("RunPod:ApiKey");
    }

    [Test, Runs("telemetry"), CancelAfter(60_000)]
    public async Task Telemetry_Variables_SendTracesToTheCollector(CancellationToken cancellationToken)
    {
        await using var collector = await Collector.StartAsync();
        await using var runpod = await SimulatorServer.StartAsync();
        var there = collector.Settings.Single(static setting => setting.Key == "OTEL_EXPORTER_OTLP_ENDPOINT").Value!;
        await using var service = Script("telemetry").With("http://collector:4318", there)
            .Serve([.. Stand(runpod), ("RunPod__EndpointId", "abc123"), ("RunPod__ApiKey", "any"), ("OTEL_BSP_SCHEDULE_DELAY", "50")]);

        await ConverseAsync(await service.WaitForAddressAsync(cancellationToken), cancellationToken);

        await collector.UntilAsync(static each => each.Spans.Any(static span => span.Name == "ingress process"), cancellationToken);
    }

    [Test, Runs("send"), CancelAfter(60_000)]
    public async Task Send_AgainstAService_CompletesEach(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("ingress-docs-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "requests.jsonl"), "{\"prompt\":\"one\"}\n{\"prompt\":\"two\"}\n", cancellationToken);

            var said = await Script("send").With("-- send", $"-- send --url {server.WebSocketAddress}")
                .With("wss://ingress.example.com/ws", server.WebSocketAddress.ToString()).RunAsync(cancellationToken, folder.FullName);

            said.Should().Contain("to be or not to be").And.Contain("2 completed").And.Contain("\"type\":\"request.completed\"");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test, Runs("key"), CancelAfter(60_000)]
    public async Task Key_Made_OpensTheDoorThatItsDigestCloses(CancellationToken cancellationToken)
    {
        var said = await Script("key").RunAsync(cancellationToken);

        var key = said.Split('\n')[0]["for clients: ".Length..];
        var setting = said.Split('\n')[1].Split('=');
        setting[1].Should().Be(Keys.Digest(key));
        await using var server = await IngressServer.StartAsync((setting[0].Replace("__", ":", StringComparison.Ordinal), setting[1]));
        using var stranger = await server.Http.PostAsync("/tickets", null, cancellationToken);
        stranger.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var client = await server.Http.PostAsync("/tickets", null, cancellationToken);
        client.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test, Runs("resume"), CancelAfter(60_000)]
    public async Task Resume_EndpointPaused_GoesOn(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);
        server.Get<PipelineOperations>().SetPaused(null, paused: true);

        var said = await Script("resume").With(Usual, Base(server.Address)).RunAsync(cancellationToken, environment: ("ADMIN_KEY", Keys.Operator));

        said.Should().Contain("default");
        server.Get<PipelineOperations>().Status().Lanes.Should().OnlyContain(static lane => !lane.IsPaused);
    }

    [Test, Runs("start-simulator", "routes"), CancelAfter(60_000)]
    public async Task StartSimulator_Alone_Listens(CancellationToken cancellationToken)
    {
        await using var simulator = Script("start-simulator").With("simulator", "simulator --urls http://127.0.0.1:0").Serve();

        await Script("routes").With($"{UsualSimulator}/", (await simulator.WaitForAddressAsync(cancellationToken)).ToString()).RunAsync(cancellationToken);
    }

    [Test, Runs("job", "misfortune", "control"), CancelAfter(60_000)]
    public async Task Simulator_JobsAndControl_DoWhatThePageSays(CancellationToken cancellationToken)
    {
        await using var runpod = await SimulatorServer.StartAsync();
        var there = Base(runpod.Running.Address);

        (await Script("job").With(UsualSimulator, there).RunAsync(cancellationToken)).Should().Contain("\"output\":\"to \"");
        (await Script("misfortune").With(UsualSimulator, there).RunAsync(cancellationToken)).Should().Contain("IN_QUEUE");
        await Script("control").With(UsualSimulator, there).RunAsync(cancellationToken);

        (await runpod.GetAsync("/_control", cancellationToken)).GetProperty("throttled").GetInt32().Should().Be(5);
        (await runpod.GetAsync("/_control/faults", cancellationToken)).ToString().Should().Contain("ResetAfter");
    }

    [Test, Runs("trouble"), CancelAfter(60_000)]
    public async Task Trouble_MadeAndRemoved_LeavesTheSettingOnly(CancellationToken cancellationToken)
    {
        await using var runpod = await SimulatorServer.StartAsync();

        var said = await Script("trouble").With("http://localhost:8090", Base(runpod.Running.Address)).RunAsync(cancellationToken);

        said.Should().Contain("401").And.Contain("cancel");
        (await runpod.GetAsync("/_control", cancellationToken)).GetProperty("throttled").GetInt32().Should().Be(2);
        (await runpod.GetAsync("/_control/faults", cancellationToken)).GetArrayLength().Should().Be(0);
    }

    [Test, Runs("worker"), CancelAfter(60_000)]
    public async Task Worker_AddressesFilledInAsTheSdkDoes_TakeAndFinishAJob(CancellationToken cancellationToken)
    {
        await using var runpod = await SimulatorServer.StartAsync();
        var lines = (await Script("worker").With(UsualSimulator, Base(runpod.Running.Address)).RunAsync(
            cancellationToken, more: "\nprintf '%s\\n' \"$RUNPOD_WEBHOOK_GET_JOB\" \"$RUNPOD_WEBHOOK_POST_STREAM\" \"$RUNPOD_WEBHOOK_POST_OUTPUT\" \"$RUNPOD_WEBHOOK_PING\"\n")).Split('\n');
        string Filled(int line, string job) => lines[line].Replace("$RUNPOD_POD_ID", "worker-1", StringComparison.Ordinal).Replace("$ID", job, StringComparison.Ordinal);

        (await runpod.CodeAsync(HttpMethod.Get, Filled(3, "none"), null, cancellationToken)).Should().Be(200);
        var id = (await runpod.PostAsync("/v2/demo/run", """{"input":{"prompt":"mine"}}""", cancellationToken)).Str("id");
        (await runpod.GetAsync($"{Filled(0, "worker-1")}&job_in_progress=0", cancellationToken)).Str("id").Should().Be(id);
        (await runpod.CodeAsync(HttpMethod.Post, $"{Filled(1, id)}&isStream=true", """{"output":"chunk"}""", cancellationToken)).Should().Be(200);
        (await runpod.CodeAsync(HttpMethod.Post, $"{Filled(2, id)}&isStream=true", """{"output":["chunk"]}""", cancellationToken)).Should().Be(200);
        (await runpod.GetAsync($"/v2/demo/status/{id}", cancellationToken)).Str("status").Should().Be("COMPLETED");
    }

    [Test, Runs("settings"), CancelAfter(60_000)]
    public async Task Settings_CopiedForTheStack_AreThoseItReads(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("ingress-docs-");
        try
        {
            File.Copy(Path.Combine(Repository.Root, ".env.example"), Path.Combine(folder.FullName, ".env.example"));

            await Script("settings").RunAsync(cancellationToken, folder.FullName);

            var settings = Setting().Matches(await File.ReadAllTextAsync(Path.Combine(folder.FullName, ".env"), cancellationToken));
            var stack = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docker-compose.yml"), cancellationToken);
            settings.Should().NotBeEmpty();
            settings.Select(static match => match.Groups["name"].Value)
                .Where(name => !stack.Contains($"${{{name}:-", StringComparison.Ordinal) && !stack.Contains($" {name}:\n", StringComparison.Ordinal)).Should().BeEmpty();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test, Runs("health"), CancelAfter(60_000)]
    public async Task Health_ServiceUp_SaysSo(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        var port = server.Address.Port.ToString(CultureInfo.InvariantCulture);

        await Script("health").With(Usual, Base(server.Address)).RunAsync(cancellationToken, environment: ("ASPNETCORE_HTTP_PORTS", port));
    }

    [Test, Runs("purge"), CancelAfter(60_000)]
    public async Task Purge_JobsThatWaitAtRunPod_AreRemoved(CancellationToken cancellationToken)
    {
        await using var runpod = await SimulatorServer.StartAsync(static options => (options.Throttled, options.ApiKey) = (options.MaxWorkers, "key"));
        await runpod.RunAsync(cancellationToken: cancellationToken);

        var said = await Script("purge").With("https://api.runpod.ai", Base(runpod.Running.Address))
            .RunAsync(cancellationToken, environment: [("RunPod__ApiKey", "key"), ("RunPod__EndpointId", "ep")]);

        said.Should().Contain("\"removed\":1");
    }

    private CommandScript Script(string name)
    {
        _run.Add(name);
        return new(Blocks.Single(block => block.Name == name));
    }

    private static IReadOnlyList<string> NamesOf(MethodInfo test) => test.GetCustomAttribute<RunsAttribute>()?.Names ?? [];

    private static string Base(Uri address) => address.ToString().TrimEnd('/');

    private static (string Name, string Value)[] Stand(SimulatorServer runpod) =>
    [
        ("ASPNETCORE_ENVIRONMENT", "Production"), ("RunPod__BaseUrl", $"{Base(runpod.Running.Address)}/v2"),
    ];

    private static async Task ConverseAsync(Uri address, CancellationToken cancellationToken)
    {
        await using var client = await TestClient.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/ws" }.Uri, cancellationToken);
        await client.SendRequestAsync("r", "to be", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
    }

    [GeneratedRegex("^(?:# )?(?<name>[A-Za-z_0-9]+)=", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
