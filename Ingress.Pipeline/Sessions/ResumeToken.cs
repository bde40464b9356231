using System.Buffers.Text;
using System.Security.Cryptography;

namespace Ingress.Pipeline.Sessions;

/// <summary>The secret with which a session can be taken over: 16 random bytes, which nobody guesses.</summary>
internal readonly struct ResumeToken
{
    private readonly UInt128 _value;

    private ResumeToken(UInt128 value) => _value = value;

    /// <summary>Makes a token from the system's source of randomness.</summary>
    /// <returns>The token.</returns>
    public static ResumeToken Create()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return new ResumeToken(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Compares with what a client sent, in a time that does not depend on where they differ.</summary>
    /// <param name="text">What the client sent; null never matches.</param>
    /// <returns>True when it is this token.</returns>
    public bool Matches(string? text)
    {
        Span<byte> theirs = stackalloc byte[16];
        if (_value == 0 || text is not { Length: 22 } || !Base64Url.TryDecodeFromChars(text, theirs, out var written) || written != 16)
        {
            return false;
        }

        Span<byte> ours = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(ours, _value);
        return CryptographicOperations.FixedTimeEquals(ours, theirs);
    }

    /// <summary>Writes the token as the client gets it.</summary>
    /// <returns>22 characters, base64url; empty for no token.</returns>
    public override string ToString()
    {
        if (_value == 0)
        {
            return string.Empty;
        }

        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return Base64Url.EncodeToString(bytes);
    }
}
