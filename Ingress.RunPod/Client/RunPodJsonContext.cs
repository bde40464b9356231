using System.Text.Json.Serialization;

namespace Ingress.RunPod.Client;

/// <summary>What of RunPod's JSON is read through the serializer. Unknown members are ignored, odd counts are read as well as they can.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(CountConverter<int>), typeof(CountConverter<long>)])]
[JsonSerializable(typeof(EndpointHealth))]
internal sealed partial class RunPodJsonContext : JsonSerializerContext;
