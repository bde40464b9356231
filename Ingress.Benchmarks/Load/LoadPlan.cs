using System.Net;

namespace Ingress.Benchmarks.Load;

/// <summary>What one run of the load client is to do.</summary>
internal sealed record LoadPlan
{
    public required IPEndPoint Server { get; init; }

    public required int ServerPid { get; init; }

    public required LoadKind Kind { get; init; }

    public int Connections { get; init; } = 64;

    public int Window { get; init; } = 1;

    public int Size { get; init; } = 256;

    public int Rate { get; init; } = 5000;

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Measured { get; init; } = TimeSpan.FromSeconds(2);

    public string Subprotocol { get; init; } = "";

    /// <summary>Reads a command line.</summary>
    public static LoadPlan Read(Arguments args) => new()
    {
        Server = IPEndPoint.Parse(args.Text("server", "127.0.0.1:8080")),
        ServerPid = args.Number("server-pid", 0),
        Kind = Enum.Parse<LoadKind>(args.Text("kind", nameof(LoadKind.Closed)), ignoreCase: true),
        Connections = args.Number("connections", 64),
        Window = args.Number("window", 1),
        Size = args.Number("size", 256),
        Rate = args.Number("rate", 5000),
        WarmUp = TimeSpan.FromSeconds(args.Real("warm-up", 1)),
        Measured = TimeSpan.FromSeconds(args.Real("seconds", 2)),
        Subprotocol = args.Text("subprotocol", ""),
    };
}
