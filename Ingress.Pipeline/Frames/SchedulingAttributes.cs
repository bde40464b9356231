using System.Runtime.InteropServices;

namespace Ingress.Pipeline.Frames;

/// <summary>The kernel's <c>struct sched_attr</c> in its first version (include/uapi/linux/sched/types.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SchedulingAttributes
{
    /// <summary>The bytes of this.</summary>
    public uint Size;

    /// <summary>The policy; 0 for the ordinary one.</summary>
    public uint Policy;

    /// <summary>Flags, such as whether children start afresh.</summary>
    public ulong Flags;

    /// <summary>The niceness.</summary>
    public int Nice;

    /// <summary>The priority, for real-time policies.</summary>
    public uint Priority;

    /// <summary>With the ordinary policy the slice in nanoseconds.</summary>
    public ulong Runtime;

    /// <summary>For deadline policies.</summary>
    public ulong Deadline;

    /// <summary>For deadline policies.</summary>
    public ulong Period;
}
