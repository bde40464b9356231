using System.Buffers.Binary;

namespace Ingress.Pipeline.Queueing;

/// <summary>Makes ids for requests whose client gave none.</summary>
internal static class RequestId
{
    /// <summary>
    /// Makes a UUIDv7 (RFC 9562): the time in milliseconds, then random bits. They come from the ordinary generator, since an id has to be
    /// unique but keeps no secret, and the system's would cost a call into the kernel for each request.
    /// </summary>
    /// <param name="time">The clock.</param>
    /// <returns>36 characters.</returns>
    public static string Make(TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes[6..]);
        var milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(milliseconds >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)milliseconds);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
