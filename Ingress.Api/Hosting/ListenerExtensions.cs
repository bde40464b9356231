using System.Net;
using System.Net.Sockets;
using Ingress.Api.Networking;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Ingress.Api.Hosting;

/// <summary>Where and how the service listens.</summary>
internal static class ListenerExtensions
{
    private const string DefaultUrl = "http://*:8080";

    /// <summary>The plain routes take no bodies worth mentioning; messages over a WebSocket have a limit of their own.</summary>
    private const long MaxRequestBodySize = 64 << 10;

    /// <summary>A handshake that trickles in is cut off after this.</summary>
    private static readonly TimeSpan RequestHeadersTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What the system may hold of what a client has not read, in bytes; Linux doubles it for its own needs. Left to itself it holds up to 4 MiB
    /// (tcp(7), tcp_wmem), which counts as the container's memory, and a client that never reads stays unnoticed for as long. At a tenth of a second of round
    /// trip it is still a megabyte a second.
    /// </summary>
    private const int SendBufferBytes = 128 << 10;

    /// <summary>Sets Kestrel up: HTTP/1.1, and HTTP/2 where TLS is configured.</summary>
    /// <param name="builder">The builder.</param>
    public static void AddListener(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodySize;
            kestrel.Limits.RequestHeadersTimeout = RequestHeadersTimeout;
            kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Use(static next => connection => next(KeepOutput(connection))));
        });
        builder.Services.AddPollingThreads();
        builder.Services.Configure<SocketTransportOptions>(static transport => transport.CreateBoundListenSocket = Listen);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, NetworkMemoryPoolFactory>();
        if (!IsAddressConfigured(builder.Configuration))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }
    }

    /// <summary>
    /// Has the end of what the client sends end nothing but that. On it Kestrel gives up the answer as well, even one that it was given
    /// before, and the close frame of a client that ends its sending right behind its own would be lost. Nothing here relies on being
    /// told: whoever serves a connection reads on to its end.
    /// </summary>
    private static ConnectionContext KeepOutput(ConnectionContext connection)
    {
        connection.ConnectionClosed = CancellationToken.None;
        return connection;
    }

    // Connections have the size from the socket that accepts them.
    private static Socket Listen(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SendBufferSize = SendBufferBytes;
        return socket;
    }

    private static bool IsAddressConfigured(ConfigurationManager configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 }
        || configuration[WebHostDefaults.HttpPortsKey] is { Length: > 0 }
        || configuration[WebHostDefaults.HttpsPortsKey] is { Length: > 0 }
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
}
