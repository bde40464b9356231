using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

/// <summary>RunPod's own JavaScript client against the simulator.</summary>
[TestFixture]
public sealed class RunPodSdkTests
{
    private string _folder = "";

    [SetUp]
    public void CopyTheCheck()
    {
        // A copy: npm writes beside the package file, and the build's output is not the place for it.
        _folder = Directory.CreateTempSubdirectory("runpod-sdk-").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Simulation", "RunPodSdk")))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }
    }

    [TearDown]
    public void RemoveTheCopy() => Directory.Delete(_folder, recursive: true);

    [Test, CancelAfter(180_000)]
    public async Task Client_RunStreamStatusCancelHealthRunSync_GetsWhatRunPodGives(CancellationToken cancellationToken)
    {
        await RunAsync("npm", ["ci", "--no-progress"], cancellationToken);
        await using var server = await SimulatorServer.StartAsync();

        var output = await RunAsync("node", ["check.mjs", server.Running.BaseUrl.ToString()], cancellationToken);

        var result = Answers.Parse(output);
        result.Str("run").Should().Be("IN_QUEUE");
        Strings(result, "stream").Should().Equal("to ", "be ", "or ", "not ", "to ", "be");
        var status = result.GetProperty("status");
        (status.Str("status"), status.GetProperty("succeeded").GetBoolean()).Should().Be(("COMPLETED", true));
        result.Str("statusSync").Should().Be("COMPLETED");
        var sync = result.GetProperty("runSync");
        (sync.Str("status"), sync.GetProperty("output").Int("answer")).Should().Be(("COMPLETED", 42));
        result.GetProperty("cancel").Str("status").Should().Be("CANCELLED");
        Strings(result, "cancelledStream").Should().BeEmpty();
        result.Str("cancelledStatus").Should().Be("CANCELLED");
        Strings(result, "failedStream").Should().Equal("a ", "b");
        var failed = result.GetProperty("failed");
        (failed.Str("status"), failed.Str("error"), failed.GetProperty("completed").GetBoolean()).Should().Be(("FAILED", "boom", true));
        result.GetProperty("health").GetProperty("workers").Int("running").Should().Be(1);
        result.GetProperty("health").GetProperty("jobs").Int("completed").Should().Be(2);
        result.GetProperty("purge").GetRawText().Should().Be("""{"removed":0,"status":"completed"}""");
        result.GetProperty("unknown").Int("code").Should().Be(404);
        server.Engine.Jobs().Should().HaveCount(4);
    }

    private static IEnumerable<string?> Strings(JsonElement result, string name) =>
        result.GetProperty(name).EnumerateArray().Select(static entry => entry.GetString());

    private async Task<string> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        process.ExitCode.Should().Be(0, "{0} said: {1}", program, await errors);
        return await output;
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!; // a program started this way always gives a process
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"'{program}' is not installed: RunPod's JavaScript client was not tried against the simulator.");
            throw;
        }
    }
}
