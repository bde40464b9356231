using System.Text;

namespace Ingress.Tests.Hostile;

/// <summary>Makes inputs that are nearly right: valid messages with something broken, put together anew, or plain noise.</summary>
/// <param name="random">The dice.</param>
/// <param name="corpus">Valid messages to begin with.</param>
internal sealed class Mutator(FuzzRandom random, string[] corpus)
{
    private const int MostBytes = 4096;

    // What parsers trip over: the ends of number ranges, escapes for half characters, deep nesting, names twice, bytes that are no text.
    private static readonly byte[][] Pieces = [.. ((string[])
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud800", "\\udc00\\ud800", "\\u0000", "null", "true", "1e999", "-0", "1E-400",
        "9223372036854775808", "-9223372036854775809", "0.1", "01", "18446744073709551616", "\"id\":\"\\ud800\"", "\"\\ud800\":1", ",\"type\":\"request\"",
        "\"input\":{}", "\"input\":[]", "\"stream\":[{\"output\":1}]", "\"output\":\"\\ud83d\"", "\"st\\u0061tus\":\"COMPLETED\"", "\"status\":7",
        "\"stream\":{}", "\"stream\":[{\"\\udc00\":1}]", "\"policy\":{\"ttl\":-1}", "\"workers\":null", "\"jobs\":{\"inQueue\":1.5}", "\"delayTime\":1e400",
        "\"retries\":99999999999", "\"error\":{\"a\":[]}", "\uFEFF", "/*x*/", "//x\n", "NaN", "'", "\t\r\n ", "\u2028", "{\"a\":", "[[[[[[[[[[[[[[[[",
    ]).Select(Encoding.UTF8.GetBytes), [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0]];

    private readonly byte[][] _corpus = [.. corpus.Select(Encoding.UTF8.GetBytes)];
    private readonly byte[] _buffer = new byte[MostBytes];
    private int _count;

    /// <summary>Makes the next input; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        var seed = _corpus[random.Next(_corpus.Length)];
        _count = seed.Length;
        seed.CopyTo(_buffer, 0);
        var kind = random.Next(16);
        if (kind == 0)
        {
            Noise();
        }
        else
        {
            // One in sixteen stays as it is: the valid must be taken.
            for (var left = kind == 1 ? 0 : 1 + random.Next(4); left > 0; left--)
            {
                Mutate();
            }
        }

        return _buffer.AsMemory(0, _count);
    }

    private void Noise()
    {
        _count = random.Next(64);
        for (var i = 0; i < _count; i++)
        {
            _buffer[i] = (byte)random.Next(256);
        }
    }

    private void Mutate()
    {
        switch (random.Next(7))
        {
            case 0 when _count > 0:
                _buffer[random.Next(_count)] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when _count > 0:
                _buffer[random.Next(_count)] = (byte)random.Next(256);
                break;
            case 2:
                _count = random.Next(_count + 1);
                break;
            case 3 when _count > 0:
                Remove(random.Next(_count), 1 + random.Next(8));
                break;
            case 4:
                var other = _corpus[random.Next(_corpus.Length)];
                var from = random.Next(other.Length);
                Insert(random.Next(_count + 1), other.AsSpan(from, random.Next(other.Length - from + 1)));
                break;
            case 5 when _count > 0:
                var start = random.Next(_count);
                Insert(random.Next(_count + 1), _buffer.AsSpan(start, random.Next(Math.Min(64, _count - start) + 1)).ToArray());
                break;
            default:
                Insert(random.Next(_count + 1), Pieces[random.Next(Pieces.Length)]);
                break;
        }
    }

    private void Remove(int at, int length)
    {
        length = Math.Min(length, _count - at);
        _buffer.AsSpan(at + length, _count - at - length).CopyTo(_buffer.AsSpan(at));
        _count -= length;
    }

    private void Insert(int at, ReadOnlySpan<byte> piece)
    {
        if (_count + piece.Length <= MostBytes)
        {
            _buffer.AsSpan(at, _count - at).CopyTo(_buffer.AsSpan(at + piece.Length));
            piece.CopyTo(_buffer.AsSpan(at));
            _count += piece.Length;
        }
    }
}
