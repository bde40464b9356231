using System.Diagnostics;
using OpenTelemetry;

namespace Ingress.Api.Telemetry;

/// <summary>
/// Names the spans of calls to RunPod by their route, as the conventions for HTTP clients have it, and keeps a long conversation readable:
/// of the reads of its stream only the first few are told one by one, and those that failed; the conversation's span counts them all.
/// </summary>
internal sealed class RunPodSpans : BaseProcessor<Activity>
{
    private const int ToldReads = 5;
    private const string Reads = "runpod.stream.reads";
    private static readonly string[] OfEndpoint = ["run", "health"];
    private static readonly string[] OfJob = ["status", "stream", "cancel"];

    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (data.Parent is not { OperationName: "ingress process" } conversation || Operation(data) is not { } operation)
        {
            return;
        }

        var template = Array.IndexOf(OfJob, operation) < 0 ? $"/{{endpoint}}/{operation}" : $"/{{endpoint}}/{operation}/{{job}}";
        data.SetTag("url.template", template);
        data.SetTag("runpod.operation", operation);
        data.DisplayName = $"{data.GetTagItem("http.request.method")} {template}";
        if (operation == "stream" && Count(conversation) > ToldReads && data.GetTagItem("error.type") is null)
        {
            QuietSpans.Drop(data);
        }
    }

    // One job's stream has one reader.
    private static int Count(Activity conversation)
    {
        var count = conversation.GetTagItem(Reads) is int before ? before + 1 : 1;
        conversation.SetTag(Reads, count);
        return count;
    }

    private static string? Operation(Activity call)
    {
        if (!Uri.TryCreate(call.GetTagItem("url.full") as string, UriKind.Absolute, out var url))
        {
            return null;
        }

        var parts = url.AbsolutePath.Split('/');
        return OfEndpoint.FirstOrDefault(name => parts[^1] == name) ?? OfJob.FirstOrDefault(name => parts.Length > 1 && parts[^2] == name);
    }
}
