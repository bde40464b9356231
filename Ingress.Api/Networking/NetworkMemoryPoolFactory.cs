using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Ingress.Api.Networking;

/// <summary>Gives the server its memory; it asks for a pool for each of its queues of sockets.</summary>
/// <param name="time">The clock.</param>
internal sealed class NetworkMemoryPoolFactory(TimeProvider time) : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new NetworkMemoryPool(time);
}
