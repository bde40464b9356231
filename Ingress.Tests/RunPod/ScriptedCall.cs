namespace Ingress.Tests.RunPod;

internal sealed record ScriptedCall(
    string Operation, string Endpoint, string? JobId, string Method, string Query, IReadOnlyDictionary<string, string> Headers, string Body);
