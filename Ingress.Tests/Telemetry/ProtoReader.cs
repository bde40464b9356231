using System.Buffers.Binary;
using System.Text;

namespace Ingress.Tests.Telemetry;

/// <summary>Reads the fields of one protobuf message by number: as much of the wire format as OTLP needs.</summary>
internal sealed class ProtoReader
{
    private readonly List<(int Number, ReadOnlyMemory<byte> Bytes, ulong Value)> _fields = [];

    /// <summary>Reads a message.</summary>
    /// <param name="message">Its bytes.</param>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public ProtoReader(ReadOnlyMemory<byte> message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((number, default, Varint(message.Span, ref at)));
                    break;
                case 1:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt64LittleEndian(message.Span[at..])));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    _fields.Add((number, message.Slice(at, length), 0));
                    at += length;
                    break;
                case 5:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt32LittleEndian(message.Span[at..])));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} is not used by OTLP.");
            }
        }
    }

    /// <summary>Gets whether a field is there.</summary>
    public bool Has(int number) => _fields.Any(field => field.Number == number);

    /// <summary>Gets the messages in a repeated field.</summary>
    public IEnumerable<ProtoReader> All(int number) =>
        _fields.Where(field => field.Number == number).Select(static field => new ProtoReader(field.Bytes));

    /// <summary>Gets the messages below a path of repeated fields.</summary>
    public IEnumerable<ProtoReader> Below(params int[] path) =>
        path.Aggregate<int, IEnumerable<ProtoReader>>([this], static (level, number) => level.SelectMany(each => each.All(number)));

    /// <summary>Gets a text; empty when it is not there.</summary>
    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number).Span);

    /// <summary>Gets bytes as lower-case hexadecimal digits; empty when they are not there.</summary>
    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number).Span);

    /// <summary>Gets a whole number; 0 when it is not there.</summary>
    public long Number(int number) => (long)_fields.LastOrDefault(field => field.Number == number).Value;

    /// <summary>Gets a floating-point number; 0 when it is not there.</summary>
    public double Real(int number) => BitConverter.Int64BitsToDouble(Number(number));

    /// <summary>Gets the packed floating-point numbers of a field.</summary>
    public double[] Reals(int number)
    {
        var bytes = Bytes(number);
        return [.. Enumerable.Range(0, bytes.Length / 8).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(bytes.Span[(i * 8)..]))];
    }

    /// <summary>Reads a list of attributes.</summary>
    public IReadOnlyDictionary<string, string> Attributes(int number) =>
        All(number).ToDictionary(static pair => pair.Text(1), static pair => Value(pair.All(2).FirstOrDefault()));

    /// <summary>Reads a value of any type as text.</summary>
    public static string Value(ProtoReader? value) => value is null ? string.Empty
        : value.Has(1) ? value.Text(1)
        : value.Has(2) ? (value.Number(2) == 1 ? "true" : "false")
        : value.Has(3) ? value.Number(3).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : value.Has(4) ? value.Real(4).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : string.Empty;

    private ReadOnlyMemory<byte> Bytes(int number) => _fields.LastOrDefault(field => field.Number == number).Bytes;

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
