using System.Runtime.InteropServices;

namespace Ingress.Benchmarks.Reporting;

/// <summary>What a reader has to know about where a figure comes from.</summary>
internal static class Machine
{
    /// <summary>Describes the machine and how busy others keep it.</summary>
    public static string Describe()
    {
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        return $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; load average {load} at the start.";
    }
}
