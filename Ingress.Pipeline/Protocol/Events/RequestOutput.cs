using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A chunk of a request's output.</summary>
/// <param name="id">The request's id.</param>
/// <param name="index">The chunk's number, from 0.</param>
/// <param name="output">RunPod's chunk, passed on byte for byte.</param>
internal readonly ref struct RequestOutput(string id, long index, ReadOnlySpan<byte> output) : IServerEvent
{
    private readonly ReadOnlySpan<byte> _output = output;

    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.output"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, id);
        json.WriteNumber("index"u8, index);
        json.WritePropertyName("output"u8);
        json.WriteRawValue(_output, skipInputValidation: true);
    }
}
