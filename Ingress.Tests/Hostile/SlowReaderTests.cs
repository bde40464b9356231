using System.Diagnostics.Metrics;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>A thousand clients that ask and never read.</summary>
[NonParallelizable]
public sealed class SlowReaderTests
{
    private const int Readers = 1000;
    private const int Messages = 4_000;
    private const int OutboundLimit = 64 << 10;
    private const long MostGrowth = 256L << 20;

    private static readonly (string Key, string? Value)[] Settings =
    [
        ("WebSocket:MaxOutboundBytes", $"{OutboundLimit}"),
        ("WebSocket:SendTimeout", "00:00:02"),
        ("Session:ResumeGrace", "00:00:00"),
    ];

    [Test]
    [CancelAfter(240_000)]
    public async Task Readers_AThousandThatNeverRead_AreCutOffInBoundedMemoryAndNobodyNotices(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(cancellationToken, Settings);
        await server.AskAsync(cancellationToken);
        var calm = await SlowestOfAsync(server, cancellationToken);
        using var slow = new SlowConsumerCount();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var sockets = await ConnectAllAsync(server, cancellationToken);
        var attack = Task.WhenAll(sockets.Select(socket => AskWithoutReadingAsync(socket, cancellationToken)));
        var mostHeld = WatchMostHeldAsync(server, attack);
        var stormy = await SlowestOfAsync(server, cancellationToken);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        await attack;
        await server.AssertUnharmedAsync(cancellationToken);

        slow.Count.Should().Be(Readers);
        growth.Should().BeLessThan(MostGrowth);
        stormy.Should().BeLessThan((50 * calm) + TimeSpan.FromSeconds(10), "the others are served all the while");
        TestContext.Out.WriteLine(
            $"{Readers} readers; slowest answer to another: {calm.TotalMilliseconds:F0} ms before, {stormy.TotalMilliseconds:F0} ms meanwhile; " +
            $"heap +{growth >> 20} MiB, at most {await mostHeld >> 20} MiB held for clients");
        Array.ForEach(sockets, static socket => socket.Dispose());
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Readers_WithFarMoreBehindThemThanMayBeHeld_AreCutOffUntilItFits(CancellationToken cancellationToken)
    {
        const int Each = 8 << 20; // more than the system's own buffers take
        const int Piece = 512 << 10;
        const int Few = 20;
        const long Limit = 16L << 20;
        await using var server = await AttackedServer.StartAsync(
            cancellationToken,
            ("WebSocket:MaxBufferedBytes", $"{Limit}"),
            ("WebSocket:MaxOutboundBytes", $"{Each}"), // nothing else ends them
            ("WebSocket:SendTimeout", "01:00:00"),
            ("WebSocket:KeepAliveInterval", "01:00:00"));
        var memory = server.Server.Get<ClientMemory>();
        var handler = server.Server.Get<ConnectionHandler>();
        await server.AskAsync(cancellationToken); // a client may know that it is connected before the handler does
        var honest = handler.Connections.Single();
        var sockets = await ConnectAllAsync(server, cancellationToken, Few);
        await PipelineHarness.UntilAsync(() => handler.Connections.Count() == Few + 1, cancellationToken);
        var connections = handler.Connections.Where(connection => connection != honest).ToList();
        var much = new MessageRefused(null, new RequestError(ErrorCode.InvalidMessage, new string('x', Piece)));
        for (var sent = 0; sent < Each; sent += Piece)
        {
            foreach (var connection in connections)
            {
                connection.Session.Append(much);
                connection.Flush();
                memory.Held.Should().BeLessThan(Limit + (Few * 3 * Piece), "what is in the write under way comes on top, until it is cut off");
            }

            await server.AskAsync(cancellationToken);
        }

        await PipelineHarness.UntilAsync(() => !memory.IsExceeded, cancellationToken);
        await server.AskAsync(cancellationToken);
        connections.Should().Contain(static connection => connection.Closing != null);
        honest.Closing.Should().BeNull();
        Array.ForEach(sockets, static socket => socket.Reset());
        await server.AssertUnharmedAsync(cancellationToken);
    }

    private static async Task<TimeSpan> SlowestOfAsync(AttackedServer server, CancellationToken cancellationToken)
    {
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 20; i++)
        {
            var took = await server.AskAsync(cancellationToken);
            slowest = took > slowest ? took : slowest;
        }

        return slowest;
    }

    private static async Task<long> WatchMostHeldAsync(AttackedServer server, Task attack)
    {
        var memory = server.Server.Get<ClientMemory>();
        var most = 0L;
        while (!attack.IsCompleted)
        {
            most = Math.Max(most, memory.Held);
            await Task.WhenAny(attack, Task.Delay(5));
        }

        return most;
    }

    private static async Task<RawWebSocket[]> ConnectAllAsync(AttackedServer server, CancellationToken cancellationToken, int count = Readers)
    {
        var sockets = new RawWebSocket[count];
        await Parallel.ForAsync(0, count, cancellationToken, async (i, token) => sockets[i] = await server.ConnectAsync(token, receiveBuffer: 4096));
        return sockets;
    }

    // Each bad message of eight bytes is answered with more than a hundred: as cheap as an attack can be.
    private static async Task AskWithoutReadingAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        const int Batch = 500;
        var batch = Enumerable.Range(0, Batch).SelectMany(static _ => RawFrame.EncodeText("[]")).ToArray();
        try
        {
            for (var sent = 0; sent < Messages; sent += Batch)
            {
                await socket.SendAsync(batch, cancellationToken);

                // All of them and the service share one process here; nobody may keep a thread for himself.
                await Task.Yield();
            }
        }
        catch (IOException)
        {
            // Cut off.
        }
    }

    private sealed class SlowConsumerCount : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public SlowConsumerCount()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Meter.Name: "Ingress", Name: "ingress.slow_consumers" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, measured, _, _) => Interlocked.Add(ref _count, measured));
            _listener.Start();
        }

        public long Count => Volatile.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
