using System.Diagnostics;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Capacity;
using Ingress.RunPod.Client;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Jobs;

/// <summary>
/// Hands a job over, once, and judges by what is certain: a job is given back for another try only where RunPod cannot have it.
/// </summary>
internal sealed partial class JobSubmitter(
    EndpointSettings settings,
    RunPodClient client,
    SlotGate gate,
    ReadinessSampler sampler,
    TimeProvider time,
    ILogger<JobSubmitter> logger)
{
    private const int LongestId = 256;

    /// <summary>Sends the job. Ends when its fate is known, or known to be unknown.</summary>
    /// <param name="content">The body; watch it for how far it got.</param>
    /// <param name="traceParent">The request's trace where no activity stands for it.</param>
    /// <returns>The answer for the pipeline. Never faults.</returns>
    public async Task<SubmitResult> SubmitAsync(RunContent content, string? traceParent)
    {
        try
        {
            // An activity of the process writes the header itself, with its own span as the parent.
            var reply = await client.RunAsync(content, Activity.Current is null ? traceParent : null);
            var result = Judge(reply, content.MayBeComplete);
            Remember(reply, result);
            return result;
        }
        catch (Exception exception) // whatever it is, the pipeline needs an answer, and a job that may have left is never sent again
        {
            LogFailed(logger, settings.Name, exception);
            return new SubmitResult(
                content.MayBeComplete ? SubmitOutcome.Unknown : SubmitOutcome.NotTaken, Message: "Handing the request over failed.");
        }
    }

    /// <summary>Gives the policy that a job is sent with.</summary>
    public RunPolicy PolicyFor(JobPolicy asked) => RunPolicy.From(asked, settings);

    /// <summary>Gives what is needed to follow an accepted job.</summary>
    public JobTicket TicketFor(string jobId, RunPolicy policy) =>
        new(jobId, time.GetTimestamp(), TimeSpan.FromMilliseconds(policy.TtlMs), TimeSpan.FromMilliseconds(policy.ExecutionTimeoutMs));

    private static SubmitResult Judge(in RunPodReply reply, bool mayBeComplete) => reply switch
    {
        // A dot segment is taken out of an address before it is sent: calls for such a job would go to the endpoint itself.
        { Kind: ReplyKind.Answered, Job.Id: { Length: > 0 and <= LongestId } and not ("." or "..") and var id } =>
            new SubmitResult(SubmitOutcome.Accepted, id),

        // It took something, but under a name that nobody can read: following, cancelling or repeating it is impossible.
        { Kind: ReplyKind.Answered or ReplyKind.Unreadable } =>
            new SubmitResult(SubmitOutcome.Unknown, Message: "RunPod answered without a readable job id."),

        { Kind: ReplyKind.NotSent } => new SubmitResult(SubmitOutcome.NotTaken, Message: "RunPod cannot be reached."),

        // Without its end the body was no request, whatever arrived of it.
        { Kind: ReplyKind.NoAnswer } when !mayBeComplete =>
            new SubmitResult(SubmitOutcome.NotTaken, Message: "The connection to RunPod broke before the request was sent."),
        { Kind: ReplyKind.NoAnswer } =>
            new SubmitResult(SubmitOutcome.Unknown, Message: "RunPod did not answer; it may or may not have taken the request."),
        { IsThrottled: true } => new SubmitResult(SubmitOutcome.NotTaken, Message: "RunPod takes no more requests now."),
        { IsUnauthorized: true } => new SubmitResult(SubmitOutcome.NotTaken, Message: "RunPod refuses the service's key."),
        { Status: 404 or < 400 } => new SubmitResult(SubmitOutcome.NotTaken, Message: "RunPod does not know the endpoint."),
        { Status: < 500 } => new SubmitResult(SubmitOutcome.Rejected, Message: $"RunPod refused the request (HTTP {reply.Status})."),
        _ => new SubmitResult(
            SubmitOutcome.Unknown, Message: $"RunPod failed (HTTP {reply.Status}); it may or may not have taken the request."),
    };

    private void Remember(in RunPodReply reply, SubmitResult result)
    {
        if (result.Outcome is SubmitOutcome.Accepted)
        {
            gate.Accepted();
            sampler.Accepted();
        }
        else if (result.Outcome is not SubmitOutcome.Rejected)
        {
            if (ReadinessSampler.IsRefusal(reply.Status))
            {
                sampler.Block(reply.Status);
            }
            else
            {
                var isAsked = reply.IsThrottled || reply.RetryAfter is not null;
                gate.BackOff($"The last hand-over failed: {reply.Describe()}.", isAsked, reply.RetryAfter);
            }

            LogNotAccepted(logger, settings.Name, result.Outcome, reply.Describe());
        }
    }
}
