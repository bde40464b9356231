namespace Ingress.RunPod;

/// <summary>Lets an audit recompute an endpoint's held slots from their owners.</summary>
public interface ISlotAudit
{
    /// <summary>Gets the endpoint's name.</summary>
    string Name { get; }

    /// <summary>Gets how many slots are counted as held.</summary>
    int CountedSlots { get; }

    /// <summary>Gets how many slots there are that somebody holds. At rest equal to <see cref="CountedSlots"/>.</summary>
    int LiveSlots { get; }

    /// <summary>Gets how many cancels are not confirmed yet.</summary>
    int OpenCancels { get; }
}
