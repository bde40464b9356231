using System.Diagnostics;
using System.Globalization;

namespace Ingress.Benchmarks.Load;

/// <summary>Starts .NET processes on a core of their own, where the system can pin them.</summary>
internal static class ChildProcess
{
    private const string TaskSet = "/usr/bin/taskset";

    public static bool CanPin => File.Exists(TaskSet) && Environment.ProcessorCount > 1;

    /// <summary>Starts a program.</summary>
    /// <param name="cpu">The core that it and all its threads stay on; it sees no other.</param>
    /// <param name="program">A .NET binary.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProcessStartInfo Describe(int cpu, string program, IEnumerable<string> arguments)
    {
        var command = new List<string>();
        if (CanPin)
        {
            command.AddRange([TaskSet, "-c", cpu.ToString(CultureInfo.InvariantCulture)]);
        }

        if (program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
        {
            command.Add(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet");
        }

        command.Add(program);
        command.AddRange(arguments);
        return new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true };
    }

    /// <summary>Gives the path of this project's own binary.</summary>
    public static string Self => Path.Combine(AppContext.BaseDirectory, "Ingress.Benchmarks.dll");
}
