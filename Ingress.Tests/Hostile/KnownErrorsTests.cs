using System.Net.WebSockets;
using System.Text.Json;
using Ingress.Pipeline.Operations;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>Errors known from other queues in front of other backends, each from end to end; the details are tested where they belong.</summary>
public sealed class KnownErrorsTests
{
    private static readonly (string Key, string? Value)[] NotReady =
    [
        ("Simulator:Faults:0:Operation", "health"),
        ("Simulator:Faults:0:Kind", "Status"),
        ("Session:ResumeGrace", "00:00:00"),
    ];

    [Test]
    [CancelAfter(60_000)]
    public async Task PlaceLostOnAnAbnormalClose_Reset_ThePlaceIsFree(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. NotReady, ("Queue:Capacity", "1")]);
        for (var round = 0; round < 5; round++)
        {
            using var socket = await RawWebSocket.ConnectAsync(server.WebSocketAddress, cancellationToken);
            await socket.SendTextAsync("""{"type":"request","input":{}}""", cancellationToken);
            await socket.ReadEventAsync("request.queued", cancellationToken);
            socket.Reset();
            await server.WaitForAsync(static status => status.Lanes[0].Length == 0, cancellationToken);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task StreamLoopThatDoesNotKnowCancelled_CancelledBySomebodyElse_TheRequestEnds(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendAsync("""{"type":"request","id":"a","input":{"simulate":{"chunks":9,"chunkDelayMs":600000}}}""", cancellationToken);
        var job = (await client.ReceiveEventAsync("request.dispatched", cancellationToken)).GetProperty("jobId").GetString();
        using var cancel = new HttpRequestMessage(HttpMethod.Post, $"{server.Simulator!.BaseUrl}/simulated/cancel/{job}");
        cancel.Headers.TryAddWithoutValidation("Authorization", "Bearer simulated");
        (await server.Http.SendAsync(cancel, cancellationToken)).EnsureSuccessStatusCode();
        (await client.ReceiveEventAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("backend");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task OldestWaiterEvictedWhenFull_Full_TheNewestIsRefusedAndTheOthersRun(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. NotReady, ("Queue:Capacity", "2")]);
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("first", "1", cancellationToken);
        await client.SendRequestAsync("second", "2", cancellationToken);
        await client.SendRequestAsync("third", "3", cancellationToken);
        var refused = await client.ReceiveEventAsync("request.rejected", cancellationToken);
        refused.GetProperty("id").GetString().Should().Be("third");
        refused.GetProperty("error").GetProperty("code").GetString().Should().Be("queue_full");
        server.Simulator!.Engine.Faults.Clear();
        var ended = new List<string?>();
        while (ended.Count < 2)
        {
            ended.Add((await client.ReceiveEventAsync("request.completed", cancellationToken)).GetProperty("id").GetString());
        }

        ended.Should().BeEquivalentTo("first", "second");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task DeadRequestsCountedAgainstCapacity_FilledByClientsThatLeft_AFullQueueIsTakenAgain(CancellationToken cancellationToken)
    {
        const int Capacity = 50;
        await using var server = await IngressServer.StartAsync([.. NotReady, ("Queue:Capacity", $"{Capacity}")]);
        for (var round = 0; round < 3; round++)
        {
            await using var client = await server.ConnectAsync(cancellationToken);
            for (var i = 0; i < Capacity; i++)
            {
                await client.SendRequestAsync($"{i}", "x", cancellationToken);
                await client.ReceiveEventAsync("request.queued", cancellationToken);
            }

            client.Abort();
            await server.WaitForAsync(static status => status.Lanes[0].Length == 0, cancellationToken);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task FifoBrokenByTiesOrNewcomers_ManyAtOnce_RunPodGetsThemInOrder(CancellationToken cancellationToken)
    {
        const int Requests = 60;
        await using var server = await IngressServer.StartAsync(NotReady);
        await using var client = await server.ConnectAsync(cancellationToken);
        for (var i = 0; i < Requests; i++)
        {
            await client.SendAsync($$$"""{"type":"request","id":"{{{i}}}","input":{"n":{{{i}}}}}""", cancellationToken);
        }

        await server.WaitForAsync(static status => status.Lanes[0].Length == Requests, cancellationToken);
        server.Simulator!.Engine.Faults.Clear();
        for (var ended = 0; ended < Requests; ended++)
        {
            await client.ReceiveEventAsync("request.completed", cancellationToken);
        }

        server.Simulator.Engine.Jobs().Select(static job => JsonDocument.Parse(job.Input).RootElement.GetProperty("n").GetInt32())
            .Should().Equal(Enumerable.Range(0, Requests));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task WakeUpNeverSent_NoWorkerIsUp_OneJobGoesToWakeIt(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Simulator:MinWorkers", "0"), ("Simulator:ColdStart", "00:00:01"));
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("a", "hello", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task SocketsClosedBeforeDraining_Stop_WhatRunsIsFinishedFirst(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Shutdown:DrainTimeout", "00:00:30"));
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendAsync("""{"type":"request","id":"a","input":{"simulate":{"chunks":3,"chunkDelayMs":300}}}""", cancellationToken);
        await client.ReceiveEventAsync("request.dispatched", cancellationToken);
        var stopping = server.StopAsync(cancellationToken);
        await client.ReceiveEventAsync("session.closing", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        (await client.ReceiveCloseAsync(cancellationToken)).Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        await client.CloseAsync(cancellationToken);
        await stopping;
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task TimeLimitThatCanNeverFire_RunPodIsNeverReady_TheWaitEnds(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. NotReady, ("Queue:MaxWait", "00:00:00.3")]);
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("a", "hello", cancellationToken);
        (await client.ReceiveEventAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("expired");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task BodiesOfAbandonedRequestsKept_ClientsLeave_TheirMemoryComesBack(CancellationToken cancellationToken)
    {
        const int Requests = 60;
        await using var server = await IngressServer.StartAsync(NotReady);
        var padding = new string('x', 1_000_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using (var client = await server.ConnectAsync(cancellationToken))
        {
            for (var i = 0; i < Requests; i++)
            {
                await client.SendAsync($$$"""{"type":"request","input":{"padding":"{{{padding}}}"}}""", cancellationToken);
            }

            await server.WaitForAsync(static status => status.Lanes[0].Bytes >= Requests * 1_000_000L, cancellationToken);
            client.Abort();
        }

        await server.WaitForAsync(static status => status.Lanes[0].Length == 0, cancellationToken);
        server.Get<PipelineOperations>().Status().Lanes[0].Bytes.Should().Be(0);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(Requests * 1_000_000L / 2);
    }
}
