namespace Ingress.Api.Status;

/// <summary>One of several endpoints.</summary>
/// <param name="Queue">Its queue.</param>
/// <param name="Jobs">The service's own jobs there.</param>
/// <param name="RunPod">What is known of it.</param>
/// <param name="Paused">Whether an operator has stopped the forwarding.</param>
internal sealed record EndpointStatus(
    QueueStatus Queue,
    JobStatus Jobs,
    [property: System.Text.Json.Serialization.JsonPropertyName("runpod")] RunPodStatus RunPod,
    bool Paused);
