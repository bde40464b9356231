using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Ingress.Pipeline.Frames;

/// <summary>
/// What waits for its turn on one of the threads that poll sockets: it has it once the thread has looked after all other connections that were
/// ready meanwhile. No other thread has to be woken for it.
/// </summary>
/// <remarks>
/// Such a thread does nothing but wait for sockets, so each line has one of its own, a bell, which is rung when somebody joins. All but
/// <see cref="OpenAll"/> happens on the line's own thread, so nothing is locked.
/// </remarks>
public sealed partial class TurnLine
{
    // AF_UNIX, and SOCK_STREAM with SOCK_CLOEXEC, as Linux has them on the machines that we know.
    private const int UnixDomain = 1;
    private const int StreamCloseOnExec = 0x80001;

    /// <summary>
    /// Of a long line only an eighth has its turn before the thread looks at the sockets again, so that whoever is not in it waits far less
    /// (docs/performance.md), and none in it waits for ever.
    /// </summary>
    private const int Part = 8;

    /// <summary>To look is worth so many turns at least.</summary>
    private const int Fewest = 64;

    private static readonly byte[] Ring = [1];

    [ThreadStatic]
    private static TurnLine? t_ofThisThread;

    private readonly Queue<Action> _waiting = new();
    private readonly Socket _bell;
    private readonly Socket _ear;
    private bool _isListening;

    private TurnLine(Socket bell, Socket ear)
    {
        _bell = bell;
        _ear = ear;
    }

    /// <summary>Gets the line of the thread that asks; null where it has none, since it does not poll.</summary>
    internal static TurnLine? OfThisThread => t_ofThisThread;

    /// <summary>
    /// Opens a line on each thread that polls, for as long as the process lives. Once, before other sockets are made. Without effect where
    /// sockets are not served on the threads that poll for them.
    /// </summary>
    public static void OpenAll()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // The runtime has as many such threads as there are cores, and gives each new socket to the next of them (SocketAsyncEngine).
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            if (TryMakePair() is var (bell, ear))
            {
                _ = new TurnLine(bell, ear).ServeAsync();
                bell.Send(Ring);
            }
        }
    }

    /// <summary>Joins. Only on the line's own thread.</summary>
    /// <param name="turn">What to do in one's turn; it has the thread for itself, and must neither wait nor throw.</param>
    internal void Join(Action turn)
    {
        _waiting.Enqueue(turn);
        if (_isListening)
        {
            RingBell();
        }
    }

    private static void Do(Action turn)
    {
        try
        {
            turn();
        }
        catch (Exception e)
        {
            // Ends the process, as it would anywhere else, instead of the line, in which all others would wait for ever.
            ThreadPool.UnsafeQueueUserWorkItem(static fault => fault.Throw(), ExceptionDispatchInfo.Capture(e), preferLocal: false);
        }
    }

    private static (Socket Bell, Socket Ear)? TryMakePair()
    {
        Span<int> handles = stackalloc int[2];
        return MakePair(UnixDomain, StreamCloseOnExec, 0, handles) == 0 ? (Own(handles[0]), Own(handles[1])) : null;
    }

    private static Socket Own(int handle) => new(new SafeSocketHandle(handle, ownsHandle: true));

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int MakePair(int domain, int type, int protocol, Span<int> handles);

    private async Task ServeAsync()
    {
        var heard = new byte[1];
        while (true)
        {
            // Listens first and rings then: a bell rung before would be heard at once, and nobody else looked after in between.
            var listening = _ear.ReceiveAsync(heard);
            _isListening = t_ofThisThread == this;
            if (_waiting.Count > 0)
            {
                RingBell();
            }

            await listening;
            if (Thread.CurrentThread.IsThreadPoolThread)
            {
                // An operator has switched it off.
                _bell.Dispose();
                _ear.Dispose();
                return;
            }

            if (t_ofThisThread is null)
            {
                ShortSlice.Ask();
            }

            t_ofThisThread = this;
            for (var left = Math.Min(_waiting.Count, Math.Max(Fewest, _waiting.Count / Part)); left > 0; left--)
            {
                Do(_waiting.Dequeue());
            }
        }
    }

    private void RingBell()
    {
        _isListening = false;
        _bell.Send(Ring);
    }
}
