using System.Globalization;

namespace Ingress.Benchmarks.Load;

/// <summary>What Linux says about a process.</summary>
internal static class ProcessTimes
{
    private const double TicksPerSecond = 100; // USER_HZ, which is 100 on every platform that .NET runs on

    /// <summary>Reads the CPU time that a process has used, user and system.</summary>
    /// <returns>Seconds.</returns>
    public static double CpuSeconds(int pid)
    {
        // The name stands in parentheses and may hold anything; what follows are plain numbers, the state being the first.
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Parse(fields[11]) + Parse(fields[12])) / TicksPerSecond;
    }

    /// <summary>Reads the memory that a process holds.</summary>
    /// <returns>Bytes.</returns>
    public static long ResidentBytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }

    private static long Parse(string number) => long.Parse(number, CultureInfo.InvariantCulture);
}
