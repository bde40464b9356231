using System.Diagnostics.Metrics;
using Ingress.Pipeline.Connections;

namespace Ingress.Tests.Hostile;

/// <summary>A thousand clients that ask and never read.</summary>
[NonParallelizable]
public sealed class SlowReaderTests
{
    private const int Readers = 1000;
    private const int Messages = 4_000;
    private const int OutboundLimit = 64 << 10;
    private const long TotalLimit = 64L << 20;
    private const long MostGrowth = 256L << 20;

    private static readonly (string Key, string? Value)[] Settings =
    [
        ("WebSocket:MaxOutboundBytes", $"{OutboundLimit}"),
        ("WebSocket:MaxBufferedBytes", $"{TotalLimit}"),
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
        (await mostHeld).Should().BeLessThan(2 * TotalLimit, "nobody may add while more than that is held and more than a fair share is his");
        stormy.Should().BeLessThan((50 * calm) + TimeSpan.FromSeconds(10), "the others are served all the while");
        TestContext.Out.WriteLine(
            $"{Readers} readers; slowest answer to another: {calm.TotalMilliseconds:F0} ms before, {stormy.TotalMilliseconds:F0} ms meanwhile; " +
            $"heap +{growth >> 20} MiB, at most {await mostHeld >> 20} MiB held for clients");
        Array.ForEach(sockets, static socket => socket.Dispose());
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

    private static async Task<RawWebSocket[]> ConnectAllAsync(AttackedServer server, CancellationToken cancellationToken)
    {
        var sockets = new RawWebSocket[Readers];
        await Parallel.ForAsync(0, Readers, cancellationToken, async (i, token) => sockets[i] = await server.ConnectAsync(token, receiveBuffer: 4096));
        return sockets;
    }

    // Each bad message of eight bytes is answered with more than a hundred: as cheap as an attack can be.
    private static async Task AskWithoutReadingAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        var batch = Enumerable.Range(0, 500).SelectMany(static _ => RawFrame.EncodeText("[]")).ToArray();
        try
        {
            for (var sent = 0; sent < Messages; sent += 500)
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
