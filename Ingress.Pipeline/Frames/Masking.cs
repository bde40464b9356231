using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ingress.Pipeline.Frames;

/// <summary>Takes the mask off a client's payload (RFC 6455, section 5.3).</summary>
internal static class Masking
{
    /// <summary>Copies bytes and takes the mask off them.</summary>
    /// <param name="source">The masked bytes.</param>
    /// <param name="target">Where they go; as long, and the same bytes or others.</param>
    /// <param name="mask">The key, as it is in memory; rotated so that its first byte belongs to the first byte here.</param>
    /// <returns>The key for the byte after the last.</returns>
    public static uint Unmask(ReadOnlySpan<byte> source, Span<byte> target, uint mask)
    {
        var i = 0;
        var wide = Vector256.Create(mask).AsByte();
        for (; i <= source.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            (Vector256.Create(source.Slice(i, Vector256<byte>.Count)) ^ wide).CopyTo(target[i..]);
        }

        var words = MemoryMarshal.Cast<byte, uint>(source[i..]);
        for (var word = 0; word < words.Length; word++, i += sizeof(uint))
        {
            MemoryMarshal.Write(target[i..], words[word] ^ mask);
        }

        for (; i < source.Length; i++)
        {
            target[i] = (byte)(source[i] ^ (byte)mask);
            mask = RotateByByte(mask);
        }

        return mask;
    }

    // The next byte's key comes first in memory, which is the low end on a little-endian machine.
    private static uint RotateByByte(uint mask) =>
        BitConverter.IsLittleEndian ? BitOperations.RotateRight(mask, 8) : BitOperations.RotateLeft(mask, 8);
}
