namespace Ingress.Tests.Support;

/// <summary>Whether SIGINT reaches the processes that tests start.</summary>
internal static class Interrupts
{
    /// <summary>Skips the test where it does not: a shell ignores it for what it starts in the background, and every child inherits that.</summary>
    public static void RequireDelivered()
    {
        // The second bit of the mask of ignored signals is SIGINT's.
        var mask = File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        if (mask is not null && (Convert.ToUInt64(mask["SigIgn:".Length..].Trim(), 16) & 2) != 0)
        {
            Assert.Ignore("SIGINT is ignored here, as a shell does for what it starts in the background.");
        }
    }
}
