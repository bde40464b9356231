using System.Globalization;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>
/// What a client that asks at an even pace notices of stalled readers: the same service, by turns without and with them. A short form runs
/// here; INGRESS_STALLED_READERS, INGRESS_STALLED_ROUNDS and INGRESS_STALLED_SECONDS make the long one, whose figures count.
/// </summary>
[NonParallelizable]
public sealed class PacedClientTests
{
    private static readonly int Readers = Setting("INGRESS_STALLED_READERS", 100);
    private static readonly int Rounds = Setting("INGRESS_STALLED_ROUNDS", 1);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(Setting("INGRESS_STALLED_SECONDS", 1));
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    // Nothing ends the stalled ones while it is measured.
    private static readonly (string Key, string? Value)[] Settings =
    [
        ("WebSocket:SendTimeout", "01:00:00"),
        ("WebSocket:KeepAliveInterval", "01:00:00"),
        ("WebSocket:MaxBufferedBytes", "1099511627776"),
        ("Queue:MaxPendingPerConnection", "1000000"),
        ("Session:ResumeGrace", "00:00:00"),
        ("Simulator:MaxWorkers", "20"),
        ("Simulator:InitialIdleWorkers", "20"),
        ("Simulator:Limits", "false"),
        ("RunPod:MaxWorkers", "20"),
        ("Logging:LogLevel:Default", "Warning"),
    ];

    private int _asked;

    [Test]
    [CancelAfter(1_200_000)]
    public async Task Client_BesideStalledReaders_IsAnsweredAsWithoutThem(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Settings);
        await using var client = await server.ConnectAsync(cancellationToken);
        await AskAtPaceAsync(client, Turn, cancellationToken); // warm-up
        var (without, with) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var alone = await AskAtPaceAsync(client, Turn, cancellationToken);
            var readers = await StallAsync(server, cancellationToken);
            var beside = await AskAtPaceAsync(client, Turn, cancellationToken);
            server.Get<ConnectionHandler>().Connections.Count(IsStalled).Should().Be(Readers, "they are stalled all the while");
            Array.ForEach(readers, static reader => reader.Reset());
            await PipelineHarness.UntilAsync(() => server.Get<ConnectionHandler>().Active == 1, cancellationToken);
            TestContext.Out.WriteLine($"round {round + 1}: without {Describe(alone)}; with {Describe(beside)}");
            without.AddRange(alone);
            with.AddRange(beside);
        }

        TestContext.Out.WriteLine($"{Readers} stalled readers, {Rounds} rounds of {Turn.TotalSeconds:F0} s each way, a request every {Pace.TotalMilliseconds:F0} ms");
        TestContext.Out.WriteLine($"all: without {Describe(without)}; with {Describe(with)}");
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"ratio: p50 {At(with, 0.5) / At(without, 0.5):F2}, p99 {At(with, 0.99) / At(without, 0.99):F2}"));
    }

    // From each request to its acknowledgement, in milliseconds; all are awaited to their ends.
    private async Task<List<double>> AskAtPaceAsync(TestClient client, TimeSpan time, CancellationToken cancellationToken)
    {
        var count = (int)(time / Pace);
        var first = _asked;
        var sentAt = new long[count];
        var reading = ReadAsync(client, first, sentAt, cancellationToken);
        using var timer = new PeriodicTimer(Pace);
        for (var i = 0; i < count; i++)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
            Volatile.Write(ref sentAt[i], TimeProvider.System.GetTimestamp());
            await client.SendRequestAsync($"{_asked++}", "word", cancellationToken);
        }

        return await reading;
    }

    private static async Task<List<double>> ReadAsync(TestClient client, int first, long[] sentAt, CancellationToken cancellationToken)
    {
        var took = new List<double>();
        for (var ended = 0; ended < sentAt.Length;)
        {
            var heard = await client.ReceiveEventAsync(cancellationToken);
            switch (heard.GetProperty("type").GetString())
            {
                case "request.queued":
                    heard.GetProperty("id").GetString().Should().Be($"{first + took.Count}", "answers come in order");
                    took.Add(TimeProvider.System.GetElapsedTime(Volatile.Read(ref sentAt[took.Count])).TotalMilliseconds);
                    break;
                case "request.completed":
                    ended++;
                    break;
                case "request.rejected" or "request.failed" or "request.cancelled":
                    throw new InvalidOperationException(heard.GetRawText());
                default:
                    break;
            }
        }

        return took;
    }

    // Each gets more than its connection takes, and reads none of it.
    private static async Task<RawWebSocket[]> StallAsync(IngressServer server, CancellationToken cancellationToken)
    {
        var handler = server.Get<ConnectionHandler>();
        var others = handler.Connections.ToHashSet();
        var readers = new RawWebSocket[Readers];
        await Parallel.ForAsync(0, Readers, cancellationToken, async (i, token) =>
            readers[i] = await RawWebSocket.ConnectAsync(server.WebSocketAddress, token, receiveBuffer: 4096));
        await PipelineHarness.UntilAsync(() => handler.Connections.Count() == Readers + others.Count, cancellationToken);
        var stalling = handler.Connections.Where(connection => !others.Contains(connection)).ToList();
        var much = new MessageRefused(null, new RequestError(ErrorCode.InvalidMessage, new string('x', 64 << 10)));
        for (var quiet = 0; quiet < 20;)
        {
            // Those that have room again a moment later get more.
            var reading = stalling.Where(static connection => !IsStalled(connection)).ToList();
            quiet = reading.Count == 0 ? quiet + 1 : 0;
            reading.ForEach(connection =>
            {
                connection.Session.Append(much);
                connection.Session.Append(much);
                connection.Flush();
            });
            await Task.Delay(25, cancellationToken);
        }

        return readers;
    }

    private static bool IsStalled(ClientConnection connection) => connection.Session.Outbox.HasUnsent(connection);

    private static string Describe(List<double> times) => string.Create(
        CultureInfo.InvariantCulture, $"p50 {At(times, 0.5):F2} ms, p99 {At(times, 0.99):F2} ms, most {times.Max():F1} ms ({times.Count:N0})");

    private static double At(List<double> times, double part) => times.Order().ElementAt((int)(part * (times.Count - 1)));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
