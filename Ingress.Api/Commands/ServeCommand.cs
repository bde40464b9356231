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
        PollingThreads.Enable();
        await using var application = await IngressApplication.CreateAsync(args);
        try
        {
            await application.StartAsync();
        }
        catch (Exception e)
        {
            // An address that is in use, a certificate that cannot be read: the message says which, the log has the rest.
            await Console.Error.WriteLineAsync($"Infra Ingress cannot start: {e.Message}");
            return ExitCode.Failure;
        }

        return await application.WaitForEndAsync();
    }
}
