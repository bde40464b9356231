using System.Diagnostics;
using Ingress.Api.Telemetry;
using Ingress.Pipeline.Telemetry;
using Ingress.Tests.Support;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace Ingress.Tests.Api;

[TestFixture, NonParallelizable]
internal sealed class TelemetryTests
{
    [Test, CancelAfter(20_000)]
    public async Task Start_NoOtlpConfigured_MakesNoSpans(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        cancellationToken.ThrowIfCancellationRequested();
        IngressTelemetry.Source.HasListeners().Should().BeFalse();
        server.Services.GetService(typeof(TracerProvider)).Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task Conversation_OtlpConfigured_ArrivesAsTracesMetricsAndLogs(CancellationToken cancellationToken)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await IngressServer.StartAsync(receiver.Settings);
        using (await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken))
        {
        }

        using (await server.Http.PostAsync(new Uri("/tickets", UriKind.Relative), null, cancellationToken))
        {
        }

        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("r", "one two", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);

        await receiver.WaitForAsync("traces", "ingress process", cancellationToken);
        await receiver.WaitForAsync("metrics", "ingress.queue.length", cancellationToken);
        await receiver.WaitForAsync("logs", "Number of requests in the queue", cancellationToken);

        receiver.Of("traces").Should().Contain("infra-ingress").And.Contain("ingress receive").And.Contain("System.Net.Http");
        receiver.Of("traces").Should().Contain("POST /tickets");
        receiver.Of("traces").Should().NotContain("/health", "what is polled is counted, not traced");
    }

    [Test, CancelAfter(20_000)]
    public async Task Export_NamedByTheStandardVariable_UsesThatName(CancellationToken cancellationToken)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var server = await IngressServer.StartAsync([.. receiver.Settings, ("OTEL_SERVICE_NAME", "door-7")]);

        await receiver.WaitForAsync("metrics", "door-7", cancellationToken);

        receiver.Of("metrics").Should().NotContain("infra-ingress");
    }

    [Test, CancelAfter(20_000)]
    public async Task Export_SignalsOwnVariables_SendEachToItsOwnCollector(CancellationToken cancellationToken)
    {
        await using var first = await OtlpReceiver.StartAsync();
        await using var second = await OtlpReceiver.StartAsync();
        await using var server = await IngressServer.StartAsync(
            [
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{first.Address}/v1/traces"),
                ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
                ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", $"{second.Address}/v1/logs"),
                ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
            ]);
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("r", "one", cancellationToken);

        await first.WaitForAsync("traces", "ingress process", cancellationToken);
        await second.WaitForAsync("logs", "Number of requests in the queue", cancellationToken);

        first.Of("logs").Should().BeEmpty();
        second.Of("traces").Should().BeEmpty();
    }

    [Test, CancelAfter(20_000)]
    public async Task Stop_SpansNotYetSent_SendsThemFirst(CancellationToken cancellationToken)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var server = await IngressServer.StartAsync([.. receiver.Settings, ("OTEL_BSP_SCHEDULE_DELAY", "600000")]);
        await using (var client = await server.ConnectAsync(cancellationToken))
        {
            await client.SendRequestAsync("r", "one two", cancellationToken);
            await client.ReceiveEventAsync("request.completed", cancellationToken);
        }

        receiver.Of("traces").Should().BeEmpty();
        await server.DisposeAsync();

        receiver.Of("traces").Should().Contain("ingress process");
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_Accepted_EndsItsSpanWhileTheSocketLives(CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "Microsoft.AspNetCore" or IngressTelemetry.Name,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("http.response.status_code") is 101)
                {
                    ended.TrySetResult(activity);
                }
                else if (activity.OperationName == "ingress receive")
                {
                    received.TrySetResult(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken);

        var upgrade = await ended.Task.WaitAsync(cancellationToken);
        await client.SendRequestAsync("r", "one", cancellationToken);
        var receive = await received.Task.WaitAsync(cancellationToken);

        client.Socket.State.Should().Be(System.Net.WebSockets.WebSocketState.Open);
        receive.TraceId.Should().NotBe(upgrade.TraceId);
        receive.ParentSpanId.Should().Be(default(ActivitySpanId));
    }

    [TestCase("", false, false, false)]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", true, true, true)]
    [TestCase("OTEL_EXPORTER_OTLP_PROTOCOL=grpc", true, true, true)]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT=", false, false, false)]
    [TestCase("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318/v1/traces", true, false, false)]
    [TestCase("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c:4318/v1/metrics;OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://c", false, true, true)]
    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT=http://c;OTEL_TRACES_EXPORTER=none", false, true, true)]
    [TestCase("OTEL_LOGS_EXPORTER=otlp", false, false, true)]
    [TestCase("OTEL_SERVICE_NAME=x;OTEL_RESOURCE_ATTRIBUTES=a=b", false, false, false)]
    public void Read_StandardVariables_SwitchTheirSignals(string variables, bool traces, bool metrics, bool logs)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(variables.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(static variable => KeyValuePair.Create(variable.Split('=', 2)[0], (string?)variable.Split('=', 2)[1]))).Build();

        var otlp = OtlpSettings.Read(configuration);

        (otlp.Traces.IsOn, otlp.Metrics.IsOn, otlp.Logs.IsOn).Should().Be((traces, metrics, logs));
    }
}
