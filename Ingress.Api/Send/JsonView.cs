namespace Ingress.Api.Send;

/// <summary>For programs: every event as the service sent it, one a line, then a summary.</summary>
/// <param name="output">Where to.</param>
internal sealed class JsonView(TextWriter output) : ISendView
{
    /// <inheritdoc/>
    public void Show(SentRequest? request, ReceivedEvent received)
    {
        // What the worker gives is passed on byte for byte, so it may hold line breaks between its tokens; in strings they are escaped.
        output.WriteLine(received.Text.ReplaceLineEndings(" "));
    }

    /// <inheritdoc/>
    public void Finish(SendSummary summary) => output.WriteLine(summary.ToJson());
}
