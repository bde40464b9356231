using System.Net;
using System.Net.Http.Headers;

namespace Ingress.RunPod.Client;

/// <summary>
/// The body of <c>/run</c>: the client's <c>input</c> as the bytes that came, and the job's policy. Knows how much of it has left, since
/// that decides whether RunPod can have taken the job.
/// </summary>
internal sealed class RunContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _input;
    private readonly byte[] _tail;
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _mayBeComplete;

    public RunContent(ReadOnlyMemory<byte> input, RunPolicy policy)
    {
        _input = input;
        _tail = policy.ToTail();
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>
    /// Gets whether the end of the body was given to the connection. Until then RunPod has no complete request, whatever it received.
    /// </summary>
    public bool MayBeComplete => _mayBeComplete;

    /// <summary>Gets the task that completes when the whole body has been written to the connection.</summary>
    public Task Written => _written.Task;

    private static ReadOnlySpan<byte> Head => "{\"input\":"u8;

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Head.ToArray(), cancellationToken);
        await stream.WriteAsync(_input, cancellationToken);
        _mayBeComplete = true; // before the write, not after: from here on only an answer tells
        await stream.WriteAsync(_tail, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        _written.TrySetResult();
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = Head.Length + _input.Length + _tail.Length;
        return true;
    }
}
