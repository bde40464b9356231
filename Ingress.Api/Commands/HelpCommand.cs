using Ingress.Api.Hosting;

namespace Ingress.Api.Commands;

/// <summary>Tells what the binary can do.</summary>
internal static class HelpCommand
{
    private const string Text = """
        Infra Ingress: the front door between WebSocket clients and RunPod GPU endpoints.

          Ingress.Api [--Section:Key=value …] [--urls http://*:8080]   run the service
          Ingress.Api simulator [--urls http://*:8090]                 run a stand-in for RunPod
          Ingress.Api send --help                                      converse with a running service
          Ingress.Api healthcheck [url]                                ask a running service for its health

        A setting comes from appsettings.json, from the environment (Section__Key) or from the command line (--Section:Key=value).
        Outside Development the service wants RunPod:EndpointId and RunPod:ApiKey.
        """;

    /// <summary>Writes it.</summary>
    /// <param name="args">Nothing that matters.</param>
    /// <returns>Success.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        await Console.Out.WriteLineAsync(Text);
        return ExitCode.Success;
    }
}
