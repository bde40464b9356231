namespace Ingress.RunPod.Simulation;

/// <summary>One rule of the fault script: which calls it hits, how often, and what happens to them.</summary>
public sealed class SimulatorFault
{
    /// <summary>Gets or sets the operation: the route's name (<c>run</c>, <c>stream</c>, <c>job-take</c> …), or <c>*</c> for all.</summary>
    public string Operation { get; set; } = "*";

    /// <summary>Gets or sets the endpoint id the rule is limited to; null means every endpoint.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Gets or sets what happens to a call that is hit.</summary>
    public SimulatorFaultKind Kind { get; set; }

    /// <summary>
    /// Gets or sets the HTTP status of <see cref="SimulatorFaultKind.Status"/> and <see cref="SimulatorFaultKind.Html"/>.
    /// </summary>
    /// <value>200 to 599; null is 500 for a status, 502 for HTML.</value>
    public int? Status { get; set; }

    /// <summary>Gets or sets the <c>Retry-After</c> header sent with the answer, in whole seconds; null sends none.</summary>
    /// <value>0 s to 1 h.</value>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>Gets or sets how likely a matching call is hit.</summary>
    /// <value>0 to 1. The default is 1.</value>
    public double Probability { get; set; } = 1;

    /// <summary>Gets or sets how many calls are hit before the rule is spent; null means no end.</summary>
    public int? Count { get; set; }

    /// <summary>Gets or sets how many matching calls pass unharmed first.</summary>
    public int Skip { get; set; }

    /// <summary>Gets or sets how long after it was added the rule sleeps.</summary>
    /// <value>0 s to 1 day.</value>
    public TimeSpan After { get; set; }

    /// <summary>Gets or sets the time a delay or a hang lasts; null is 1 s for a delay, and no end for a hang.</summary>
    /// <value>0 s to 1 h.</value>
    public TimeSpan? Delay { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the call takes effect although a status, HTML, garbage or hang hides its answer: a 500 after
    /// which the job runs all the same.
    /// </summary>
    public bool Processed { get; set; }
}
