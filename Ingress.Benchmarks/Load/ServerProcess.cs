using System.Diagnostics;
using System.Net;

namespace Ingress.Benchmarks.Load;

/// <summary>A server in a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>The service's settings: an endpoint that is not there, and bounds that no run reaches.</summary>
    private static readonly string[] ServiceArguments =
    [
        "--environment=Production", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Information",
        "--RunPod:BaseUrl=http://127.0.0.1:1", "--RunPod:EndpointId=absent", "--RunPod:ApiKey=none",
        "--Queue:Capacity=10000000", "--Queue:MaxBytes=68719476736", "--Queue:MaxPendingPerConnection=10000000",
        "--WebSocket:MaxConnections=1000000",
    ];

    /// <summary>
    /// The runtime's own defaults (numbers in hex), since the acknowledger is to be the stack as it comes: this binary has the
    /// service's settings.
    /// </summary>
    private static readonly (string Name, string Value)[] RuntimeDefaults =
    [
        ("DOTNET_TieredPGO", "1"), ("DOTNET_TC_CallCountingDelayMs", "64"), ("DOTNET_TC_CallCountThreshold", "1E"),
        ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "70"),
    ];

    private readonly Process _process;

    private ServerProcess(Process process, IPEndPoint address)
    {
        _process = process;
        Address = address;
        _ = process.StandardOutput.ReadToEndAsync(); // a full pipe would stop it
    }

    public IPEndPoint Address { get; }

    public int Pid => _process.Id;

    /// <summary>Starts the service.</summary>
    /// <param name="binary">Its binary: a published one, or the one beside this.</param>
    public static Task<ServerProcess> StartServiceAsync(string binary) => StartAsync(binary, ServiceArguments);

    /// <summary>Starts the bare acknowledger.</summary>
    public static Task<ServerProcess> StartAcknowledgerAsync() => StartAsync(ChildProcess.Self, ["ack-server"], RuntimeDefaults);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<ServerProcess> StartAsync(
        string binary, string[] arguments, params (string Name, string Value)[] environment)
    {
        const string Announcement = "istening on";
        var start = ChildProcess.Describe(0, binary, arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains(Announcement, StringComparison.Ordinal))
            {
                var url = new Uri(line[line.IndexOf("http:", StringComparison.Ordinal)..].TrimEnd('.'));
                return new ServerProcess(process, new IPEndPoint(IPAddress.Loopback, url.Port));
            }
        }

        throw new InvalidOperationException($"{binary} ended before it listened.");
    }
}
