using System.Text.Json.Serialization;

namespace Ingress.RunPod.Client;

/// <summary>What of RunPod's JSON is read through the serializer. Unknown members are ignored, numbers may come as strings.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(EndpointHealth))]
internal sealed partial class RunPodJsonContext : JsonSerializerContext;
