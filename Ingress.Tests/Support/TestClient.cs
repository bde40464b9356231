using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Ingress.Tests.Support;

/// <summary>A client of the service: sends texts, receives events. One reader and one writer at a time.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    /// <summary>The subprotocol with typed events.</summary>
    public const string V1 = "ingress.v1";

    /// <summary>What a request without subprotocol is answered with.</summary>
    public const string Acknowledgement = "Conversation request added into the queue.";

    private readonly ClientWebSocket _socket;
    private readonly FrameWatch _frames = new();

    private TestClient(ClientWebSocket socket)
    {
        _socket = socket;
        _frames.IsPlain = socket.SubProtocol is null;
    }

    /// <summary>Gets the socket. What is sent or received through it is not held against the AsyncAPI document.</summary>
    public ClientWebSocket Socket
    {
        get
        {
            _frames.Bypass();
            return _socket;
        }
    }

    /// <summary>Connects.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="subprotocol">What to offer; null offers none.</param>
    /// <param name="configure">Changes the handshake, such as its headers.</param>
    /// <param name="invoker">Makes the connection; needed for HTTP/2.</param>
    /// <exception cref="WebSocketException">The upgrade was refused.</exception>
    public static async Task<TestClient> ConnectAsync(
        Uri address,
        CancellationToken cancellationToken,
        string? subprotocol = V1,
        Action<ClientWebSocketOptions>? configure = null,
        HttpMessageInvoker? invoker = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (subprotocol is not null)
        {
            socket.Options.AddSubProtocol(subprotocol);
        }

        configure?.Invoke(socket.Options);
        try
        {
            await socket.ConnectAsync(address, invoker, cancellationToken);
            return new TestClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a text message.</summary>
    /// <param name="text">The message.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    public Task SendAsync(string text, CancellationToken cancellationToken)
    {
        _frames.Sent(text);
        return _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
    }

    /// <summary>Sends a request of <c>ingress.v1</c>.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="prompt">What the simulator echoes word by word.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    public Task SendRequestAsync(string id, string prompt, CancellationToken cancellationToken) =>
        SendAsync($$$"""{"type":"request","id":"{{{id}}}","input":{"prompt":"{{{prompt}}}"}}""", cancellationToken);

    /// <summary>Receives a whole message; null when the server closes instead.</summary>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    public async Task<string?> ReceiveTextAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                var text = Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
                _frames.Received(text);
                return text;
            }
        }
    }

    /// <summary>Receives the next event.</summary>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    /// <exception cref="InvalidOperationException">The server closed instead.</exception>
    public async Task<JsonElement> ReceiveEventAsync(CancellationToken cancellationToken)
    {
        var text = await ReceiveTextAsync(cancellationToken)
            ?? throw new InvalidOperationException($"The server closed: {_socket.CloseStatus} {_socket.CloseStatusDescription}.");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Receives events until one of the given type comes.</summary>
    /// <param name="type">The type.</param>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    public async Task<JsonElement> ReceiveEventAsync(string type, CancellationToken cancellationToken)
    {
        while (true)
        {
            var received = await ReceiveEventAsync(cancellationToken);
            if (received.GetProperty("type").GetString() == type)
            {
                return received;
            }
        }
    }

    /// <summary>Receives until the server closes.</summary>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    /// <returns>The close code.</returns>
    public async Task<WebSocketCloseStatus?> ReceiveCloseAsync(CancellationToken cancellationToken)
    {
        while (await ReceiveTextAsync(cancellationToken) is not null)
        {
        }

        return _socket.CloseStatus;
    }

    /// <summary>Closes with a handshake; what was on its way is dropped.</summary>
    /// <param name="cancellationToken">Ends the wait, and the connection with it.</param>
    public Task CloseAsync(CancellationToken cancellationToken) =>
        _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);

    /// <summary>Breaks the connection without a word.</summary>
    public void Abort() => _socket.Abort();

    /// <summary>Breaks the connection unless it is closed.</summary>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
