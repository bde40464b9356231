namespace Ingress.Pipeline.Connections;

/// <summary>The limits of one WebSocket connection and of all of them.</summary>
public sealed class ConnectionOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "WebSocket";

    /// <summary>The largest request body that RunPod takes, in bytes: its documentation says 10 MB for <c>/run</c>.</summary>
    public const int BackendPayloadLimit = 10_000_000;

    /// <summary>Gets or sets the largest message that a client may send, over all its frames.</summary>
    /// <value>1 to 10,000,000 bytes. The default is 1 MiB.</value>
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>Gets or sets the most connections open at once.</summary>
    /// <value>1 to 10,000,000. The default is 10,000.</value>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Gets or sets the time between two pings to a client; zero sends none.</summary>
    /// <value>0 to 1 hour. The default is 15 s.</value>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long a client may take to answer a ping.</summary>
    /// <value>1 ms to 1 hour. The default is 15 s.</value>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Gets or sets how long a client may take to read what is being sent, or 64 KiB of it, before it counts as a slow consumer.
    /// </summary>
    /// <value>1 ms to 1 hour. The default is 10 s.</value>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets the most bytes that may wait to be sent to one client before it counts as a slow consumer, and the most that are
    /// kept to be sent again after a resume; one event that is larger than that by itself comes on top.
    /// </summary>
    /// <value>1 KiB to 1 GiB. The default is 4 MiB.</value>
    public long MaxOutboundBytes { get; set; } = 4L << 20;

    /// <summary>
    /// Gets or sets the most bytes held for all clients together: messages that they have not read, those kept to be sent again after a
    /// resume, and those that they have begun and not ended. Beyond it, who holds the most gives up first: what is kept to be sent
    /// again, then the connection, as a slow consumer.
    /// </summary>
    /// <value>1 MiB to 1 TiB, or null for a quarter of the memory there is, at most 1 GiB. The default is null.</value>
    public long? MaxBufferedBytes { get; set; }

    /// <summary>Gets the origins whose pages may connect; empty means those of the service itself, <c>*</c> means all.</summary>
    public IList<string> AllowedOrigins { get; } = [];
}
