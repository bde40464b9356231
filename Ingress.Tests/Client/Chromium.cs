namespace Ingress.Tests.Client;

/// <summary>The browser that is installed on this machine.</summary>
internal static class Chromium
{
    private static readonly string Path = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";

    /// <summary>Ignores the test where there is none.</summary>
    public static void IgnoreWithout()
    {
        if (!File.Exists(Path))
        {
            Assert.Ignore($"There is no {Path} (CHROMIUM names another one): the client and the page were not tried in a browser.");
        }
    }
}
