using Ingress.Api.Hosting;

namespace Ingress.Api.Commands;

/// <summary>Runs the service.</summary>
internal static class ServeCommand
{
    /// <summary>Runs the service until it is asked to end.</summary>
    /// <param name="args">Configuration, <c>--Section:Key=value</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var application = await IngressApplication.CreateAsync(args);
        return await application.RunAsync();
    }
}
