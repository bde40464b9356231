namespace Ingress.Api.Hosting;

/// <summary>
/// Has the thread that learns that a socket is ready go on with what waited for it, instead of waking another thread to do so.
/// </summary>
/// <remarks>
/// At one message at a time the way between the two threads costs as much as all that is done for the message (docs/performance.md). It
/// suits this service because nothing that it does for a message waits or takes long; and Kestrel and the HTTP clients still do their own
/// work on the pool. The runtime reads the setting once, from the environment, when the first socket is made (SocketAsyncEngine in
/// dotnet/runtime); an operator's own value stays.
/// </remarks>
internal static class InlineCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Switches it on. Before the process's first socket.</summary>
    public static void Enable()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}
