using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Ingress.Tests.Hostile;
using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class ProcessTests
{
    private static readonly (string, string) Development = ("DOTNET_ENVIRONMENT", "Development");
    private static readonly string[] AnyPort = ["--urls=http://127.0.0.1:0"];

    [Test, CancelAfter(30_000)]
    public async Task Serve_ProductionWithoutRunPod_ExitsWithTheReasonAndNoStackTrace(CancellationToken cancellationToken)
    {
        await using var service = ServiceProcess.Start(AnyPort, ("DOTNET_ENVIRONMENT", "Production"));

        (await service.WaitForExitAsync(cancellationToken)).Should().Be(78);

        service.Errors.Should().Contain("RunPod__EndpointId").And.Contain("RunPod__ApiKey").And.NotContain("   at ");
        service.Output.Should().NotContain("   at ");
    }

    [TestCase("--help", 0, "send --help")]
    [TestCase("-h", 0, "Section__Key")]
    [TestCase("help", 0, "simulator")]
    [TestCase("serv", 64, "'serv' is unknown")]
    [CancelAfter(30_000)]
    public async Task Start_AskedForHelpOrWithAnUnknownVerb_TellsWhatItCanDo(
        string argument, int exitCode, string told, CancellationToken cancellationToken)
    {
        await using var service = ServiceProcess.Start([argument], ("DOTNET_ENVIRONMENT", "Production"));

        (await service.WaitForExitAsync(cancellationToken)).Should().Be(exitCode);

        (exitCode == 0 ? service.Output : service.Errors).Should().Contain(told).And.Contain("healthcheck");
    }

    [Test, CancelAfter(30_000)]
    public async Task Serve_UnreadableValueInTheEnvironment_ExitsWithKeyValueAndRule(CancellationToken cancellationToken)
    {
        await using var service = ServiceProcess.Start(AnyPort, Development, ("Queue__Capacity", "abc"));

        (await service.WaitForExitAsync(cancellationToken)).Should().Be(78);

        service.Errors.Should().Contain("Queue:Capacity is 'abc': must be a whole number").And.NotContain("   at ");
    }

    [Test, CancelAfter(30_000)]
    public async Task Serve_AddressInUse_ExitsWithTheAddress(CancellationToken cancellationToken)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";
        await using var service = ServiceProcess.Start([$"--urls={address}"], Development);

        (await service.WaitForExitAsync(cancellationToken)).Should().Be(1);

        service.Errors.Should().Contain("Infra Ingress cannot start").And.Contain(address).And.NotContain("   at ");
    }

    [Test, CancelAfter(60_000)]
    public async Task Serve_LogThatNobodyReads_ClientsAreServedAllTheSame(CancellationToken cancellationToken)
    {
        // Whoever reads the log stops once it has told the address, and keeps the pipe open.
        const string Reader = "grep --line-buffered -m 1 'istening on'; exec sleep 60 >&- 2>&-";
        const string Levels = "--Logging:LogLevel:Default=Trace --Logging:LogLevel:Microsoft.AspNetCore=Trace";
        await using var service = ServiceProcess.StartScript(
            $"exec dotnet {ServiceProcess.Binary} {AnyPort[0]} {Levels} > >({Reader})", AppContext.BaseDirectory, Development);
        var address = new UriBuilder(await service.WaitForAddressAsync(cancellationToken)) { Scheme = "ws", Path = "/ws" }.Uri;

        // More than ten lines each, where the pipe and the log's own queue take less than four thousand.
        for (var i = 0; i < 500; i++)
        {
            using var socket = await RawWebSocket.ConnectAsync(address, cancellationToken);
            await socket.ReadEventAsync("session.opened", cancellationToken);
        }
    }

    [Test, CancelAfter(30_000)]
    public async Task Serve_EventsInQuickSuccession_ArriveWithoutAnythingElseThatIsSent(CancellationToken cancellationToken)
    {
        // A ping would take along what should have been sent before.
        await using var service = ServiceProcess.Start([.. AnyPort, "--WebSocket:KeepAliveInterval=00:00:00"], Development);
        var address = new UriBuilder(await service.WaitForAddressAsync(cancellationToken)) { Scheme = "ws", Path = "/ws" }.Uri;
        using var socket = await RawWebSocket.ConnectAsync(address, cancellationToken);

        await socket.SendTextAsync("""{"type":"request","id":"a","input":{"prompt":"one two three four"}}""", cancellationToken);

        (await socket.ReadEventAsync("request.completed", cancellationToken)).GetProperty("id").GetString().Should().Be("a");
    }

    [Test, CancelAfter(30_000)]
    public async Task Serve_ThreadsThatPoll_AskForShortSlicesAndStayAsNiceAsTheyAre(CancellationToken cancellationToken)
    {
        if (!File.Exists("/proc/self/sched") || !Regex.IsMatch(await File.ReadAllTextAsync("/proc/self/sched", cancellationToken), @"^se\.slice\b", RegexOptions.Multiline)
            || Environment.OSVersion.Version < new Version(6, 12))
        {
            Assert.Ignore("This kernel has no slices that a thread may ask for, or does not show them.");
        }

        await using var service = ServiceProcess.StartScript($"exec nice -n 5 dotnet {ServiceProcess.Binary} {AnyPort[0]}", AppContext.BaseDirectory, Development);
        await service.WaitForAddressAsync(cancellationToken);

        var polling = Directory.GetDirectories($"/proc/{service.Id}/task")
            .Where(static thread => File.ReadAllText($"{thread}/comm").StartsWith(".NET Sockets", StringComparison.Ordinal)).ToList();
        polling.Should().NotBeEmpty();
        foreach (var thread in polling)
        {
            await PipelineHarness.UntilAsync(() => Figure(thread, "se.slice") == 500_000, cancellationToken);
            Figure(thread, "prio").Should().Be(125);
        }

        Figure($"/proc/{service.Id}", "se.slice").Should().NotBe(500_000, "all others have the kernel's");
    }

    [TestCase("--urls=http://127.0.0.1:{port}", null, null)]
    [TestCase("--Kestrel:Endpoints:Own:Url=http://127.0.0.1:{port}", null, null)]
    [TestCase(null, "ASPNETCORE_URLS", "http://127.0.0.1:{port}")]
    [TestCase(null, "ASPNETCORE_HTTP_PORTS", "{port}")]
    [CancelAfter(30_000)]
    public async Task Serve_AddressConfigured_ListensThereAndNowhereElse(
        string? argument, string? variable, string? value, CancellationToken cancellationToken)
    {
        var port = FreePort();
        string[] arguments = argument is null ? [] : [With(argument)];
        (string, string)[] environment = variable is null ? [Development] : [Development, (variable, With(value!))];
        await using var service = ServiceProcess.Start(arguments, environment);

        (await service.WaitForAddressAsync(cancellationToken)).Port.Should().Be(port);
        await service.WaitForOutputAsync("Application started", cancellationToken);
        service.Output.Split("Now listening on").Should().HaveCount(2);

        string With(string text) => text.Replace("{port}", port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    [CancelAfter(30_000)]
    public async Task Signal_WhileARequestRuns_DrainsAndExitsWith0(string signal, CancellationToken cancellationToken)
    {
        if (signal == "INT")
        {
            Interrupts.RequireDelivered();
        }

        await using var service = ServiceProcess.Start(AnyPort, Development, ("Simulator__ColdStart", "00:00:00"), ("Simulator__FirstChunkDelay", "00:00:01"));
        var address = await service.WaitForAddressAsync(cancellationToken);
        await using var client = await TestClient.ConnectAsync(new Uri($"ws://{address.Authority}/ws"), cancellationToken);
        await client.SendRequestAsync("r", "hello", cancellationToken);
        await client.ReceiveEventAsync("request.dispatched", cancellationToken);

        await service.SignalAsync(signal, cancellationToken);

        await client.ReceiveEventAsync("session.closing", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        (await client.ReceiveCloseAsync(cancellationToken)).Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        await client.CloseAsync(cancellationToken);
        (await service.WaitForExitAsync(cancellationToken)).Should().Be(0);
        service.Errors.Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Signal_Second_HurriesTheDrain(CancellationToken cancellationToken)
    {
        await using var service = ServiceProcess.Start(
            AnyPort, Development, ("Simulator__ColdStart", "00:00:00"), ("Simulator__FirstChunkDelay", "00:10:00"), ("Shutdown__DrainTimeout", "00:10:00"));
        var address = await service.WaitForAddressAsync(cancellationToken);
        await using var client = await TestClient.ConnectAsync(new Uri($"ws://{address.Authority}/ws"), cancellationToken);
        await client.SendRequestAsync("r", "hello", cancellationToken);
        await client.ReceiveEventAsync("request.dispatched", cancellationToken);
        await service.SignalAsync("TERM", cancellationToken);
        await client.ReceiveEventAsync("session.closing", cancellationToken);

        await service.SignalAsync("TERM", cancellationToken);

        (await client.ReceiveEventAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("shutdown");
        await client.ReceiveCloseAsync(cancellationToken);
        await client.CloseAsync(cancellationToken);
        (await service.WaitForExitAsync(cancellationToken)).Should().Be(0);
    }

    [Test, CancelAfter(30_000)]
    public async Task Simulator_Verb_ServesTheJobApiAndEndsOnASignal(CancellationToken cancellationToken)
    {
        await using var simulator = ServiceProcess.Start(["simulator", "--urls=http://127.0.0.1:0", "--Simulator:ApiKey=k"]);
        var address = await simulator.WaitForAddressAsync(cancellationToken);
        await using var service = ServiceProcess.Start(
            AnyPort, ("RunPod__BaseUrl", $"http://127.0.0.1:{address.Port}/v2/"), ("RunPod__EndpointId", "e"), ("RunPod__ApiKey", "k"));
        var door = await service.WaitForAddressAsync(cancellationToken);
        await using var client = await TestClient.ConnectAsync(new Uri($"ws://{door.Authority}/ws"), cancellationToken);

        await client.SendRequestAsync("r", "hello", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);

        await simulator.SignalAsync("TERM", cancellationToken);
        (await simulator.WaitForExitAsync(cancellationToken)).Should().Be(0);
    }

    [Test, CancelAfter(30_000)]
    public async Task Simulator_BadValue_ExitsWithKeyValueAndRule(CancellationToken cancellationToken)
    {
        await using var simulator = ServiceProcess.Start(["simulator", "--Simulator:MaxWorkers=many"]);

        (await simulator.WaitForExitAsync(cancellationToken)).Should().Be(78);

        simulator.Errors.Should().Contain("Simulator:MaxWorkers is 'many': must be a whole number");
    }

    [Test, CancelAfter(30_000)]
    public async Task HealthCheck_ServiceUpOrAway_TellsByItsExitCode(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var up = ServiceProcess.Start(["healthcheck", new Uri(server.Address, "/health/live").AbsoluteUri]);
        await using var away = ServiceProcess.Start(["healthcheck", $"http://127.0.0.1:{FreePort()}/health/live"]);

        (await up.WaitForExitAsync(cancellationToken)).Should().Be(0);
        (await away.WaitForExitAsync(cancellationToken)).Should().Be(1);
    }

    [Test, CancelAfter(30_000)]
    public async Task Verb_Unknown_ListsTheKnownOnes(CancellationToken cancellationToken)
    {
        await using var service = ServiceProcess.Start(["serv"]);

        (await service.WaitForExitAsync(cancellationToken)).Should().Be(64);

        service.Errors.Should().Contain("'serv' is unknown").And.Contain("simulator");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static long Figure(string thread, string name) =>
        long.Parse(Regex.Match(File.ReadAllText($"{thread}/sched"), $@"^{Regex.Escape(name)}\s*:\s*(\d+)", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
}
