using System.Globalization;

namespace Ingress.Benchmarks.Load;

/// <summary>One way to load both servers.</summary>
internal sealed record LoadScenario(string Name, LoadKind Kind, int Connections, int Window, int Size)
{
    private static readonly int[] Sizes = [256, 4096];
    private static readonly int[] Many = [64, 1000];
    private static readonly int[] Windows = [1, 16];

    public string Subprotocol { get; init; } = "";

    /// <summary>Gets the least time that is measured, whatever is asked for: pings come every 15 s.</summary>
    public double LeastSeconds { get; init; }

    /// <summary>Gets the time before what is measured: longer where the code that runs is called so seldom that it is not optimised sooner.</summary>
    public double WarmUpSeconds { get; init; } = 1;

    public static IReadOnlyList<LoadScenario> All { get; } = [.. Closed(),
        new("rate-5000", LoadKind.Open, 64, 1, 256),
        new("churn", LoadKind.Churn, 16, 1, 256) { WarmUpSeconds = 8 },
        new("idle-10000", LoadKind.Idle, 10_000, 1, 256) { Subprotocol = "ingress.v1", LeastSeconds = 17 },
    ];

    /// <summary>Gives the load client's arguments.</summary>
    public string[] Arguments(ServerProcess server, double seconds) =>
    [
        "--server", server.Address.ToString(), "--server-pid", Text(server.Pid), "--kind", Kind.ToString(),
        "--connections", Text(Connections), "--window", Text(Window), "--size", Text(Size),
        "--warm-up", Text(WarmUpSeconds), "--seconds", Text(Math.Max(seconds, LeastSeconds)), "--subprotocol", Subprotocol,
    ];

    private static IEnumerable<LoadScenario> Closed() =>
        from size in Sizes
        from connections in Many
        from window in Windows
        select new LoadScenario($"{connections}x{window}-{size}", LoadKind.Closed, connections, window, size);

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
