using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Support;

/// <summary>One line of a log.</summary>
/// <param name="At">When.</param>
/// <param name="Category">Who wrote it.</param>
/// <param name="Level">How important it is.</param>
/// <param name="Event">What happened.</param>
/// <param name="Message">The text.</param>
/// <param name="Exception">What went wrong with it.</param>
/// <param name="Details">The named values and the scopes, as text.</param>
internal sealed record CapturedLine(
    DateTimeOffset At, string Category, LogLevel Level, EventId Event, string Message, Exception? Exception, IReadOnlyList<string> Details)
{
    /// <summary>Gets everything in the line as one text, for looking for what must not be there.</summary>
    public string Everything => string.Join('\n', Details.Prepend(Message).Append(Exception?.ToString() ?? string.Empty));
}
