using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Ingress.RunPod.Simulation;

/// <summary>What the control API reads and writes.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(TimeSpanJsonConverter)])]
[JsonSerializable(typeof(SimulatorOptions))]
[JsonSerializable(typeof(List<SimulatorFault>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class SimulatorJsonContext : JsonSerializerContext;
