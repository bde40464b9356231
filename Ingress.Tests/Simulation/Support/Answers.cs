using System.Text;
using System.Text.Json;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Simulation.Support;

/// <summary>Short ways to look at answers.</summary>
internal static class Answers
{
    public static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public static JsonElement Json(this Reply reply) => Parse(Encoding.UTF8.GetString(reply.Body.Span));

    public static string Text(this Reply reply) => Encoding.UTF8.GetString(reply.Body.Span);

    public static string Str(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static int Int(this JsonElement element, string name) => element.GetProperty(name).GetInt32();

    public static bool Has(this JsonElement element, string name) => element.TryGetProperty(name, out _);

    /// <summary>Gives the raw outputs of a /stream answer.</summary>
    public static string[] Outputs(this JsonElement stream) =>
        [.. stream.GetProperty("stream").EnumerateArray().Select(static entry => entry.GetProperty("output").GetRawText())];

    /// <summary>Joins the string outputs of a /stream answer.</summary>
    public static string Words(this JsonElement stream) =>
        string.Concat(stream.GetProperty("stream").EnumerateArray().Select(static entry => entry.GetProperty("output").GetString()));

    public static string Names(this JsonElement element) => string.Join(" ", element.EnumerateObject().Select(static property => property.Name));
}
