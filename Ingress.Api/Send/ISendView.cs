namespace Ingress.Api.Send;

/// <summary>Shows a person or a program how the requests fare.</summary>
internal interface ISendView
{
    /// <summary>Shows an event.</summary>
    /// <param name="request">The request that it is about; null for the connection's own events.</param>
    /// <param name="received">The event.</param>
    void Show(SentRequest? request, ReceivedEvent received);

    /// <summary>Shows what came of it all.</summary>
    /// <param name="summary">The numbers.</param>
    void Finish(SendSummary summary);
}
