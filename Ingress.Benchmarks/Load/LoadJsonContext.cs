using System.Text.Json.Serialization;

namespace Ingress.Benchmarks.Load;

/// <summary>What the load client tells the process that started it.</summary>
[JsonSerializable(typeof(LoadResult))]
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true)]
internal sealed partial class LoadJsonContext : JsonSerializerContext;
