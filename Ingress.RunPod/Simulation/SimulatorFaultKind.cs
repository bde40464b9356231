namespace Ingress.RunPod.Simulation;

/// <summary>What goes wrong with a call that a <see cref="SimulatorFault"/> hits.</summary>
public enum SimulatorFaultKind
{
    /// <summary>Answers <see cref="SimulatorFault.Status"/> with a small JSON body.</summary>
    Status,

    /// <summary>Aborts the connection before the call takes effect.</summary>
    ResetBefore,

    /// <summary>Lets the call take effect (the job is accepted, the chunks are drained), then aborts the connection.</summary>
    ResetAfter,

    /// <summary>Does not answer at all until <see cref="SimulatorFault.Delay"/> has passed or the client gives up.</summary>
    Hang,

    /// <summary>Lets the call take effect and sends the first half of the answer, then aborts the connection.</summary>
    Truncate,

    /// <summary>Answers with an HTML page, as a proxy in front of the API does; status 502 unless told otherwise.</summary>
    Html,

    /// <summary>Answers 200 <c>application/json</c> with bytes that are no JSON.</summary>
    Garbage,

    /// <summary>A <c>/stream</c> read that drains the chunks and answers with none of them.</summary>
    LostChunks,

    /// <summary>Waits <see cref="SimulatorFault.Delay"/> before the call takes effect.</summary>
    Delay,
}
