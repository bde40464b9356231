using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ingress.Benchmarks.Load;

namespace Ingress.Benchmarks.Start;

/// <summary>Starts the service as a process of its own, and stops the clock when it has acknowledged a message.</summary>
internal static class Starter
{
    /// <summary>How many idle sessions its memory is weighed with.</summary>
    public const int Sessions = 1000;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly byte[] Message = RequestFrame.Make(1, """{"prompt":"first"}"""u8);

    /// <summary>Measures one start.</summary>
    /// <param name="what">What is started, and how.</param>
    public static StartRun Measure(StartCase what)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(Describe(what))!;
        try
        {
            var server = WaitUntilItListens(process.StandardOutput);
            _ = process.StandardOutput.ReadToEndAsync(); // a full pipe would stop it
            using var first = Ask(server);
            var acknowledged = clock.Elapsed;
            var cpu = ProcessTimes.CpuSeconds(process.Id);
            Thread.Sleep(Settling); // what it holds when the start's own work is over is what is measured
            var idle = ProcessTimes.ResidentBytes(process.Id);
            var sessions = Enumerable.Range(0, Sessions).Select(_ => Handshake.Open(server, "ingress.v1", new FrameCounter())).ToArray();
            Thread.Sleep(Settling); // likewise, for what opening them took
            var held = ProcessTimes.ResidentBytes(process.Id);
            Array.ForEach(sessions, static session => session.Dispose());
            return new StartRun(what, acknowledged, cpu, idle, held);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static ProcessStartInfo Describe(StartCase what)
    {
        string[] command =
        [
            "taskset", "-c", string.Join(',', Enumerable.Range(0, what.Cores)), "dotnet", what.Binary, "--environment=Production",
            "--urls=http://127.0.0.1:0", "--RunPod:BaseUrl=http://127.0.0.1:1", "--RunPod:EndpointId=absent", "--RunPod:ApiKey=none",
        ];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true };
        foreach (var (name, value) in what.Setting.Variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static IPEndPoint WaitUntilItListens(StreamReader output)
    {
        while (output.ReadLine() is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
            {
                return new IPEndPoint(IPAddress.Loopback, int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
            }
        }

        throw new InvalidOperationException("The service ended before it listened.");
    }

    private static Socket Ask(IPEndPoint server)
    {
        var socket = Handshake.Open(server, string.Empty, new FrameCounter());
        socket.Send(Message);
        Span<byte> answer = stackalloc byte[256];
        return socket.Receive(answer) > 0 && answer.IndexOf("Conversation request added"u8) >= 0
            ? socket
            : throw new InvalidOperationException("The first answer is no acknowledgement.");
    }
}
