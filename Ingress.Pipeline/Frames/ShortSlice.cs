using System.Runtime.InteropServices;

namespace Ingress.Pipeline.Frames;

/// <summary>
/// Asks Linux to let a thread that mostly waits have the processor as soon as it has something to do, before others have used up their
/// slices, which are milliseconds.
/// </summary>
/// <remarks>
/// Since Linux 6.12 a thread may ask for slices of its own, from 0.1 to 100 ms, without a privilege: one with a shorter slice that has not had
/// its share comes before one with a longer, and gets no more in all (Documentation/scheduler/sched-eevdf.rst). Older kernels take no notice.
/// </remarks>
internal static partial class ShortSlice
{
    /// <summary>Half a millisecond: a tenth gained no more (docs/performance.md), and shorter ones cost switches when all are busy.</summary>
    internal const ulong Nanoseconds = 500_000;

    private const uint OrdinaryPolicy = 0;
    private const nint ThisThread = 0;

    /// <summary>Asks for it on the thread that calls. What an operator has set, another policy or a niceness, stays.</summary>
    public static unsafe void Ask()
    {
        if (Numbers is not var (setAttributes, getAttributes))
        {
            return;
        }

        SchedulingAttributes attributes;
        if (Call(getAttributes, ThisThread, &attributes, sizeof(SchedulingAttributes), 0) == 0 && attributes.Policy == OrdinaryPolicy)
        {
            attributes.Runtime = Nanoseconds;
            _ = Call(setAttributes, ThisThread, &attributes, 0, 0);
        }
    }

    // The numbers of sched_setattr and sched_getattr, from Linux's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h:
    // the C library has functions for them only since glibc 2.41.
    private static (nint Set, nint Get)? Numbers => !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (314, 315),
        Architecture.Arm64 => (274, 275),
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static unsafe partial nint Call(nint number, nint thread, SchedulingAttributes* attributes, nint third, nint fourth);
}
