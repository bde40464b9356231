using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ingress.Api.Send;

/// <summary>What came of all requests.</summary>
/// <param name="requests">The requests.</param>
/// <param name="elapsed">How long it took in all.</param>
internal sealed class SendSummary(IReadOnlyList<SentRequest> requests, TimeSpan elapsed)
{
    /// <summary>Gets whether every request ran to its end.</summary>
    public bool IsGood => Completed == requests.Count;

    private int Completed => requests.Count(static request => request.IsCompleted);

    private int Failed => requests.Count(static request => request.State is "request.failed" or "request.rejected");

    private int Cancelled => requests.Count - Completed - Failed;

    private (string Name, long[] Sorted)[] Times =>
    [
        ("wait", Sorted(static times => times.Waited)),
        ("first output", Sorted(static times => times.FirstOutput)),
        ("total", Sorted(static times => times.Total)),
    ];

    /// <summary>Gets the summary for people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        if (requests.Count > 1 || !IsGood)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{requests.Count} {(requests.Count == 1 ? "request" : "requests")} in {elapsed.TotalSeconds:0.0} s: "
                + $"{Completed} completed, {Failed} failed, {Cancelled} cancelled");
        }

        if (Completed == 1)
        {
            var known = Times.Where(static each => each.Sorted.Length > 0);
            text.AppendJoin(", ", known.Select(static each => $"{each.Name} {Show(each.Sorted, 50)}")).AppendLine();
        }
        else if (Completed > 1)
        {
            text.AppendLine("                    p50        p95");
            foreach (var (name, sorted) in Times.Where(static each => each.Sorted.Length > 0))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{name,-14} {Show(sorted, 50),8}   {Show(sorted, 95),8}");
            }
        }

        return text.ToString();
    }

    /// <summary>Gets the summary for programs: a JSON object in one line.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "summary"u8);
            json.WriteNumber("requests"u8, requests.Count);
            json.WriteNumber("completed"u8, Completed);
            json.WriteNumber("failed"u8, Failed);
            json.WriteNumber("cancelled"u8, Cancelled);
            json.WriteNumber("elapsedMs"u8, (long)elapsed.TotalMilliseconds);
            WriteTimes(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private void WriteTimes(Utf8JsonWriter json)
    {
        string[] keys = ["waitMs", "firstOutputMs", "totalMs"];
        foreach (var (key, (_, sorted)) in keys.Zip(Times))
        {
            if (sorted.Length > 0)
            {
                json.WriteStartObject(key);
                json.WriteNumber("p50"u8, Percentile(sorted, 50));
                json.WriteNumber("p95"u8, Percentile(sorted, 95));
                json.WriteEndObject();
            }
        }
    }

    private long[] Sorted(Func<(long Waited, long? FirstOutput, long Total), long?> pick) =>
        [.. requests.Select(request => request.Times is { } times ? pick(times) : null).OfType<long>().Order()];

    private static long Percentile(long[] sorted, int percent) => sorted[(int)Math.Ceiling(sorted.Length * percent / 100.0) - 1];

    private static string Show(long[] sorted, int percent)
    {
        var ms = Percentile(sorted, percent);
        return ms < 1000 ? $"{ms} ms" : $"{(ms / 1000.0).ToString("0.0", CultureInfo.InvariantCulture)} s";
    }
}
