using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Authentication;

/// <summary>The digests of the keys that open the door. Thread-safe.</summary>
internal sealed class KeyRing
{
    private readonly byte[][] _clients;
    private readonly byte[][] _operators;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="options">Valid options.</param>
    public KeyRing(IOptions<AuthOptions> options)
    {
        _clients = [.. options.Value.ApiKeys.Select(Convert.FromHexString)];
        _operators = [.. options.Value.AdminKeys.Select(Convert.FromHexString)];
    }

    /// <summary>Looks a key up in constant time: neither where nor whether one matches shows in the time it takes.</summary>
    /// <param name="key">What the client gave.</param>
    /// <param name="principal">The key's name, safe to show.</param>
    /// <param name="isOperator">Whether the key may operate the service.</param>
    /// <returns>Whether the key is known.</returns>
    public bool TryFind(string key, out string principal, out bool isOperator)
    {
        var digest = Credential.Digest(key);
        principal = $"key:{Convert.ToHexStringLower(digest.AsSpan(0, 8))}";
        isOperator = Contains(_operators, digest);
        return Contains(_clients, digest) | isOperator;
    }

    private static bool Contains(byte[][] digests, byte[] wanted)
    {
        var found = false;
        foreach (var digest in digests)
        {
            found |= CryptographicOperations.FixedTimeEquals(digest, wanted);
        }

        return found;
    }
}
