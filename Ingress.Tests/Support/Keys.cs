using System.Security.Cryptography;
using System.Text;

namespace Ingress.Tests.Support;

/// <summary>Keys for tests.</summary>
internal static class Keys
{
    /// <summary>A key that may connect.</summary>
    public const string Client = "client-key-5d1f";

    /// <summary>A key that may operate the service.</summary>
    public const string Operator = "operator-key-9c2e";

    /// <summary>Gets the settings under which both are known.</summary>
    public static (string Key, string? Value)[] Settings =>
        [("Auth:ApiKeys:0", Digest(Client)), ("Auth:AdminKeys:0", Digest(Operator))];

    /// <summary>Makes what the configuration wants of a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
