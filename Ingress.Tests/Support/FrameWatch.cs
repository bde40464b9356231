using System.Text.Json;

namespace Ingress.Tests.Support;

/// <summary>
/// Holds everything that one test client sends and receives against the AsyncAPI document: what the server sends must be described, and
/// what the document allows must not be refused as malformed.
/// </summary>
internal sealed class FrameWatch
{
    private static readonly HashSet<string> Malformed = ["invalid_json", "invalid_message", "unknown_type"];

    private int _sent;
    private int _mayBeRefused;
    private int _refused;
    private bool _knowsAll = true;

    /// <summary>Gets or sets whether the connection has no subprotocol.</summary>
    public bool IsPlain { get; set; }

    /// <summary>Notes that something may be sent that is not seen here.</summary>
    public void Bypass() => _knowsAll = false;

    /// <summary>Notes a message that is sent; tests send wrong ones on purpose.</summary>
    /// <param name="text">The message.</param>
    public void Sent(string text)
    {
        var isResume = text.Contains("\"resume\"", StringComparison.Ordinal);
        if (AsyncApiFrames.FaultsOf(FrameDirection.Sent, text, IsPlain).Count > 0 || (isResume && _sent > 0))
        {
            _mayBeRefused++;
        }

        // After a resume, refusals of another connection's messages may come again.
        _knowsAll &= !isResume;
        _sent++;
    }

    /// <summary>Checks a message that was received.</summary>
    /// <param name="text">The message.</param>
    public void Received(string text)
    {
        AsyncApiFrames.Validate(FrameDirection.Received, text, IsPlain);
        if (!_knowsAll || !text.StartsWith('{'))
        {
            return;
        }

        using var document = JsonDocument.Parse(text);
        if (document.RootElement.TryGetProperty("error", out var error) && Malformed.Contains(error.GetProperty("code").GetString()!))
        {
            (++_refused).Should().BeLessThanOrEqualTo(_mayBeRefused, "the document allows what was refused: {0}", text);
        }
    }
}
