using System.Runtime.InteropServices;

namespace Ingress.Pipeline.Queueing;

/// <summary>Has the kernel provide the pages of memory that is about to be filled, all in one call instead of one fault for each.</summary>
internal static partial class FreshMemory
{
    // From Linux's uapi/asm-generic/mman-common.h, since Linux 5.14; the page size of the machines that we know.
    private const int PopulateWrite = 23;
    private const nint PageSize = 4096;

    /// <summary>Provides the pages. Where the kernel cannot, they come one by one, as ever.</summary>
    /// <param name="pinned">An array that does not move.</param>
    public static unsafe void Populate(byte[] pinned)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        fixed (byte* first = pinned)
        {
            // Outwards to whole pages: its first and its last are needed as well.
            var from = (nint)first & -PageSize;
            var to = ((nint)first + pinned.Length + PageSize - 1) & -PageSize;
            _ = Advise(from, to - from, PopulateWrite);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
