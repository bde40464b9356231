using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ingress.Tests.Support;

/// <summary>A certificate of its own making, in files while it lives.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ingress-tls");
    private readonly string _hash;

    /// <summary>Makes the certificate.</summary>
    public TestCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        _hash = certificate.GetCertHashString();
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Gets the settings under which a service shows it.</summary>
    public (string Key, string? Value)[] Settings =>
    [
        ("urls", "https://127.0.0.1:0"),
        ("Kestrel:Certificates:Default:Path", CertificatePath),
        ("Kestrel:Certificates:Default:KeyPath", KeyPath),
    ];

    private string CertificatePath => Path.Combine(_directory.FullName, "certificate.pem");

    private string KeyPath => Path.Combine(_directory.FullName, "key.pem");

    /// <summary>Makes a handler that takes this certificate and no other.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _hash,
        },
    };

    /// <summary>Removes the files.</summary>
    public void Dispose() => _directory.Delete(recursive: true);
}
