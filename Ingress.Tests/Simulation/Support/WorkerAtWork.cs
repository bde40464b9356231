using System.Net;
using System.Text.Json;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Simulation.Support;

/// <summary>A simulator, a worker that is attached to it, and the job that it has taken.</summary>
internal sealed class WorkerAtWork : IAsyncDisposable
{
    private WorkerAtWork(SimulatorServer server, WorkerDouble worker, string jobId)
    {
        Server = server;
        Worker = worker;
        JobId = jobId;
    }

    public SimulatorServer Server { get; }

    public WorkerDouble Worker { get; }

    public string JobId { get; }

    public static async Task<WorkerAtWork> StartAsync(
        CancellationToken cancellationToken, string workerId = "w1", Action<SimulatorOptions>? configure = null, TimeProvider? time = null)
    {
        var server = await SimulatorServer.StartAsync(
            options =>
            {
                options.MaxWorkers = 0; // or the built-in handler would take the job first
                configure?.Invoke(options);
            },
            time);
        var worker = new WorkerDouble(server.Running.BaseUrl, workerId);
        var id = await server.RunAsync("{}", cancellationToken);
        (await worker.TakeAsync(cancellationToken))!.Value.Str("id").Should().Be(id);
        return new WorkerAtWork(server, worker, id);
    }

    /// <summary>Gives what the job's client reads.</summary>
    public Task<JsonElement> StatusAsync(CancellationToken cancellationToken) => Server.GetAsync($"/v2/ep/status/{JobId}", cancellationToken);

    public Task<JsonElement> CancelAsync(CancellationToken cancellationToken) => Server.PostAsync($"/v2/ep/cancel/{JobId}", null, cancellationToken);

    public Task<HttpStatusCode> StreamAsync(string chunk, CancellationToken cancellationToken) => Worker.StreamAsync(JobId, chunk, cancellationToken);

    public Task<HttpStatusCode> DoneAsync(string body, CancellationToken cancellationToken, bool isStream = false) =>
        Worker.DoneAsync(JobId, body, isStream, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Worker.Dispose();
        await Server.DisposeAsync();
    }
}
