using System.Net;
using System.Text;
using Ingress.Api.Hosting;
using Ingress.Benchmarks.Load;

namespace Ingress.Benchmarks.Latency;

/// <summary>Clients in this process that send and count.</summary>
internal sealed class StudyClients : IDisposable
{
    private readonly LoadConnection[] _connections;
    private long _next;

    public StudyClients(IngressApplication service, int count, string subprotocol = "ingress.v1")
    {
        var server = new IPEndPoint(IPAddress.Loopback, new Uri(service.Web.Urls.First()).Port);
        _connections = new LoadConnection[count];
        for (var i = 0; i < count; i++)
        {
            _connections[i] = new LoadConnection(server, subprotocol, mostOpen: 2);
            _connections[i].Start();
        }
    }

    /// <summary>Gets how many messages have come, to all together.</summary>
    public long Messages => _connections.Sum(static connection => connection.Messages);

    public int Failed => _connections.Count(static connection => connection.HasFailed);

    /// <summary>Sends a text from the next client in turn.</summary>
    public void Send(string text) =>
        _connections[_next++ % _connections.Length].Send(RequestFrame.Make(1, Encoding.UTF8.GetBytes(text)), 1);

    /// <summary>Lets all leave without a word.</summary>
    public void Abort() => Array.ForEach(_connections, static connection => connection.Abort());

    public void Dispose() => Array.ForEach(_connections, static connection => connection.Dispose());
}
