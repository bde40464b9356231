using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Ingress.Api.Hosting;

namespace Ingress.Api.Send;

/// <summary>A connection to the service over which <c>ingress.v1</c> is spoken. One reader, one writer.</summary>
internal sealed class SendSocket : IDisposable
{
    private const int Chunk = 16 << 10;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket;
    private readonly ArrayBufferWriter<byte> _message = new(Chunk);

    private SendSocket(ClientWebSocket socket) => _socket = socket;

    /// <summary>Connects.</summary>
    /// <param name="options">Where to, and with which key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SendException">The service cannot be reached or refuses the connection.</exception>
    public static async Task<SendSocket> ConnectAsync(SendOptions options, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("ingress.v1");
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(15);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        if (options.Key is { Length: > 0 } key)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ConnectTimeout);
        try
        {
            await socket.ConnectAsync(options.Url, timeout.Token);
            return new SendSocket(socket);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var problem = Explain(options.Url, socket.HttpStatusCode, e);
            socket.Dispose();
            throw problem;
        }
    }

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message) =>
        _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <summary>Asks for the end of a request.</summary>
    /// <param name="id">Its id.</param>
    public ValueTask CancelAsync(string id)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "cancel"u8);
            json.WriteString("id"u8, id);
            json.WriteEndObject();
        }

        return SendAsync(buffer.WrittenMemory);
    }

    /// <summary>Receives the next event.</summary>
    /// <exception cref="SendException">The connection has ended.</exception>
    public async Task<ReceivedEvent> ReceiveAsync()
    {
        _message.ResetWrittenCount();
        try
        {
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(_message.GetMemory(Chunk), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    throw new SendException(
                        ExitCode.Unavailable,
                        $"The service closed the connection: {(int?)_socket.CloseStatus} {_socket.CloseStatusDescription}");
                }

                _message.Advance(part.Count);
            }
            while (!part.EndOfMessage);
        }
        catch (WebSocketException e)
        {
            throw new SendException(ExitCode.Unavailable, $"The connection broke: {e.Message}");
        }

        return ReceivedEvent.Read(_message.WrittenMemory);
    }

    /// <summary>Says goodbye, which ends the session.</summary>
    public async Task CloseAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It has ended already, and nobody waits for anything any more.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static SendException Explain(Uri url, HttpStatusCode status, Exception cause) => status switch
    {
        HttpStatusCode.Unauthorized => new SendException(
            ExitCode.NoPermission, "The service wants a key that it knows: --key, or INGRESS_KEY."),
        HttpStatusCode.Forbidden => new SendException(ExitCode.NoPermission, "The service refuses this connection."),
        HttpStatusCode.ServiceUnavailable => new SendException(
            ExitCode.Unavailable, "The service is full or about to stop; try again in a moment."),
        0 => new SendException(ExitCode.Unavailable, $"Nothing answers at {url}: {cause.GetBaseException().Message}"),
        _ => new SendException(ExitCode.Unavailable, $"{url} answered {(int)status}; is it the service's /ws?"),
    };
}
