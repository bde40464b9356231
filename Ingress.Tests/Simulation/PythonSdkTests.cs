using System.ComponentModel;
using System.Diagnostics;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

/// <summary>RunPod's own Python worker loop and client against the simulator, started as <c>docs/simulator.md</c> says.</summary>
[TestFixture]
public sealed class PythonSdkTests
{
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    [Test, CancelAfter(90_000)]
    public async Task WorkerAndClient_OfTheSdk_FinishAStreamAndACancel(CancellationToken cancellationToken)
    {
        if (Pythons.FirstOrDefault(HasTheSdk) is not { } python)
        {
            Assert.Ignore("RunPod's Python SDK is not installed (package runpod): its worker and client were not tried against the simulator.");
            return;
        }

        await using var server = await SimulatorServer.StartAsync();
        using var worker = Start(python, "handler.py", server.Running.BaseUrl);
        try
        {
            while (server.Engine.Endpoint("ep").Attached == 0)
            {
                worker.HasExited.Should().BeFalse();
                await Task.Delay(50, cancellationToken); // another process: nothing tells of its progress
            }

            using var client = Start(python, "client.py", server.Running.BaseUrl);
            var errors = client.StandardError.ReadToEndAsync(cancellationToken);
            var result = (await client.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();

            result.Should().Be(
                """{"stream": ["to", "be", "or", "not"], "output": ["to", "be", "or", "not"], "status": "COMPLETED", "cancel": "CANCELLED", "cancelled": "CANCELLED", "running": 1}""",
                await errors);
            server.Engine.Jobs().Should().HaveCount(2).And.OnlyContain(static job => job.WorkerId == "worker-1");
        }
        finally
        {
            worker.Kill(entireProcessTree: true);
        }
    }

    private static bool HasTheSdk(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import runpod"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static Process Start(string python, string script, Uri baseUrl)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "Simulation", "PythonSdk", script)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = script == "client.py",
        };
        foreach (var (name, value) in Environment(baseUrl))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        if (script == "handler.py")
        {
            process.BeginOutputReadLine(); // it logs; a full pipe would stop it
        }

        return process;
    }

    private static IEnumerable<(string Name, string Value)> Environment(Uri baseUrl) =>
    [
        ("RUNPOD_ENDPOINT_BASE_URL", baseUrl.ToString()),
        ("RUNPOD_WEBHOOK_GET_JOB", $"{baseUrl}/ep/job-take/$ID?gpu=none"),
        ("RUNPOD_WEBHOOK_POST_OUTPUT", $"{baseUrl}/ep/job-done/$RUNPOD_POD_ID/$ID?gpu=none"),
        ("RUNPOD_WEBHOOK_POST_STREAM", $"{baseUrl}/ep/job-stream/$RUNPOD_POD_ID/$ID?gpu=none"),
        ("RUNPOD_WEBHOOK_PING", $"{baseUrl}/ep/ping/$RUNPOD_POD_ID?gpu=none"),
        ("RUNPOD_POD_ID", "worker-1"),
        ("RUNPOD_ENDPOINT_ID", "ep"),
        ("RUNPOD_AI_API_KEY", "any"),
        ("RUNPOD_PING_INTERVAL", "10000"),
        ("RUNPOD_SKIP_GPU_CHECK", "true"),
        ("RUNPOD_SKIP_AUTO_SYSTEM_CHECKS", "true"),
    ];
}
