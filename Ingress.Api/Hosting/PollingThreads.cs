using Ingress.Pipeline.Frames;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Ingress.Api.Hosting;

/// <summary>
/// Has the thread that learns that a socket is ready do what is to be done for it, instead of waking another thread to do so.
/// </summary>
/// <remarks>
/// At one message at a time the way between threads costs as much as all that is done for the message, and is most of what the slowest in a
/// hundred wait for (docs/performance.md). It suits the WebSocket because nothing that is done for a message waits or takes long, and
/// because whoever sends without a pause gives way to the others (<see cref="TurnLine"/>). All other routes leave it.
/// </remarks>
internal static class PollingThreads
{
    private const string Completions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Switches it on for the process's sockets. Before the first of them: the runtime reads the setting once, from the environment
    /// (SocketAsyncEngine in dotnet/runtime). An operator's own value stays.
    /// </summary>
    public static void Enable()
    {
        if (Environment.GetEnvironmentVariable(Completions) is null)
        {
            Environment.SetEnvironmentVariable(Completions, "1");
        }

        TurnLine.OpenAll();
    }

    /// <summary>Switches it on for Kestrel, which would else read, answer and write on a thread of the pool each.</summary>
    /// <param name="services">The host's services.</param>
    public static void AddPollingThreads(this IServiceCollection services) =>
        services.Configure<SocketTransportOptions>(static transport => transport.UnsafePreferInlineScheduling = true);

    /// <summary>Has what follows, which may take longer, done by the pool.</summary>
    /// <param name="web">The application.</param>
    public static void UsePool(this WebApplication web) => web.Use(static next => async context =>
    {
        await Task.Yield();
        await next(context);
    });
}
