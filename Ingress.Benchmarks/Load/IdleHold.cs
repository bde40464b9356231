namespace Ingress.Benchmarks.Load;

/// <summary>Connections that answer pings and say nothing else; the server's memory and CPU time tell what they cost.</summary>
internal static class IdleHold
{
    private const int PrewarmConnections = 200;

    public static LoadResult Run(LoadPlan plan)
    {
        // Code is compiled and pools are filled before the empty process is weighed.
        foreach (var connection in Open(plan, PrewarmConnections))
        {
            connection.Dispose();
        }

        // Here and below the passing of time is what is measured; the pings meanwhile are the server's work, not ours.
        Thread.Sleep(plan.WarmUp);
        var empty = ProcessTimes.ResidentBytes(plan.ServerPid);
        var connections = Open(plan, plan.Connections);
        Thread.Sleep(plan.WarmUp);
        var window = MeasuredWindow.Begin(plan.ServerPid, -plan.Connections);
        Thread.Sleep(plan.Measured);
        return window.End(0) with
        {
            EmptyBytes = empty,
            HeldBytes = ProcessTimes.ResidentBytes(plan.ServerPid),
            Failed = connections.Count(static connection => connection.HasFailed),
        };
    }

    private static LoadConnection[] Open(LoadPlan plan, int count)
    {
        var connections = new LoadConnection[count];
        for (var i = 0; i < count; i++)
        {
            connections[i] = new LoadConnection(plan.Server, plan.Subprotocol, mostOpen: 1);
            connections[i].Start();
        }

        return connections;
    }
}
