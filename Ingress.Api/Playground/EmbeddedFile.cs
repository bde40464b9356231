using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Ingress.Api.Playground;

/// <summary>A file that is part of the assembly, ready to be served.</summary>
internal sealed class EmbeddedFile
{
    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".ts"] = "text/plain; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".json"] = "application/json",
    };

    private readonly byte[] _content;
    private readonly EntityTagHeaderValue _tag;

    private EmbeddedFile(byte[] content, string contentType)
    {
        _content = content;
        ContentType = contentType;
        _tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");
    }

    /// <summary>Gets what it is served as.</summary>
    public string ContentType { get; }

    /// <summary>Gets the content.</summary>
    public ReadOnlySpan<byte> Content => _content;

    /// <summary>Reads a file.</summary>
    /// <param name="name">Its name, as the project file gives it.</param>
    /// <returns>The file.</returns>
    /// <exception cref="InvalidOperationException">The assembly has no such file.</exception>
    public static EmbeddedFile Read(string name)
    {
        using var stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no file {name}.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new EmbeddedFile(content, ContentTypes[Path.GetExtension(name)]);
    }

    /// <summary>Serves the file. Its address does not change with its content, so caches have to ask whether theirs is still right.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The answer: the content, or that it has not changed.</returns>
    public IResult Serve(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(_content, ContentType, entityTag: _tag);
    }
}
