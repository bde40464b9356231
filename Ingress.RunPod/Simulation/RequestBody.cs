using Microsoft.AspNetCore.Http;

namespace Ingress.RunPod.Simulation;

internal static class RequestBody
{
    private const int FirstGuess = 1024;

    /// <summary>Reads a request's body into memory of its own, which a job may keep.</summary>
    /// <returns>Null if it is larger than <paramref name="limit"/>; the rest is left unread then.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
        {
            return null;
        }

        var buffer = new byte[request.ContentLength ?? FirstGuess];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (request.ContentLength is not null)
                {
                    return buffer;
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken);
            length += read;
            if (length > limit)
            {
                return null;
            }

            if (read == 0)
            {
                return buffer.AsMemory(0, length);
            }
        }
    }
}
