using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class MetricsTests
{
    [Test, CancelAfter(20_000)]
    public async Task Metrics_AfterAConversation_HasTheContractsNamesOnceEach(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("r", "one two", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        await client.SendAsync("no json", cancellationToken);
        await client.ReceiveEventAsync("error", cancellationToken);

        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);

        var families = Lines(text, "# TYPE ").Select(static line => line.Split(' ')[2]).ToArray();
        families.Should().OnlyHaveUniqueItems("a family told twice is refused by scrapers");
        families.Should().Contain(
        [
            "ingress_connections_active", "ingress_connections_opened_total", "ingress_queue_length", "ingress_queue_bytes",
            "ingress_queue_wait_duration_seconds", "ingress_requests_total", "ingress_requests_rejected_total", "ingress_jobs_active",
            "ingress_job_duration_seconds", "ingress_first_output_duration_seconds", "ingress_idle_capacity_wait_duration_seconds",
            "ingress_audit_leaked", "runpod_workers", "runpod_jobs", "runpod_slots_free", "runpod_requests_total",
            "runpod_request_duration_seconds", "dotnet_gc_collections_total", "kestrel_active_connections", "http_server_active_requests",
        ]);
        var series = Lines(text, string.Empty).Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => line[..line.LastIndexOf(' ')]).ToArray();
        series.Should().OnlyHaveUniqueItems("a series told twice is refused by scrapers");
        text.Should().MatchRegex("""ingress_requests_total\{[^}]*ingress_outcome="completed"[^}]*\} 1""");
        text.Should().MatchRegex("""ingress_queue_length\{[^}]*runpod_endpoint="default"[^}]*\} 0""");
        text.Should().MatchRegex("""ingress_audit_leaked(\{[^}]*\})? 0""");
    }

    [Test, CancelAfter(20_000)]
    public async Task Metrics_WithEmbeddedSimulator_LeavesItsWebServerOut(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        using var one = await server.Http.GetAsync(new Uri("/status", UriKind.Relative), cancellationToken);
        await server.Http.PollJsonAsync(
            "/status",
            static status => status.GetProperty("runpod").GetProperty("sampledAt").ValueKind == System.Text.Json.JsonValueKind.String,
            cancellationToken);

        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);

        text.Should().Contain("http_route=\"/status\"");
        text.Should().NotContain("endpointId");
    }

    [Test, CancelAfter(20_000)]
    public async Task Metrics_WhileASocketIsOpen_DoesNotCountItAsARequestOfThatLength(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using (var client = await server.ConnectAsync(cancellationToken))
        {
            await client.ReceiveEventAsync("session.opened", cancellationToken);
            await client.CloseAsync(cancellationToken);
        }

        using (await server.Http.GetAsync(new Uri("/ws", UriKind.Relative), cancellationToken))
        {
        }

        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);

        text.Should().MatchRegex("""http_server_request_duration_seconds_count\{[^}]*http_response_status_code="426"[^}]*\} 1""");
        text.Should().NotMatchRegex("""http_server_request_duration_seconds_count\{[^}]*http_response_status_code="101"[^}]*\}""");
    }

    [Test, CancelAfter(20_000)]
    public async Task Metrics_SdkDisabled_Is404AndTheServiceServes(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("OTEL_SDK_DISABLED", "true"));
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("r", "one", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);

        using var response = await server.Http.GetAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);

        response.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    private static IEnumerable<string> Lines(string text, string prefix) =>
        text.Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal));
}
