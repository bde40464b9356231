namespace Ingress.Benchmarks.Scaling;

/// <summary>The two gates that are easily written.</summary>
internal sealed class SimpleGate(Uri runPod, bool waitsForIdle) : IGate
{
    private readonly EndpointClient _endpoint = new(runPod);
    private readonly CancellationTokenSource _stop = new();
    private int _waiting;
    private int _idle;
    private Task _loop = Task.CompletedTask;

    public int Waiting => Volatile.Read(ref _waiting);

    public int? FreeSlots => waitsForIdle ? Volatile.Read(ref _idle) : null;

    public async Task SendAsync(int count)
    {
        if (waitsForIdle)
        {
            Volatile.Write(ref _waiting, count);
            _loop = ForwardToIdleAsync();
            return;
        }

        for (var i = 0; i < count; i++)
        {
            await _endpoint.RunAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _endpoint.Dispose();
        _stop.Dispose();
    }

    private async Task ForwardToIdleAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Volatile.Write(ref _idle, await _endpoint.IdleWorkersAsync());
            for (var i = 0; i < _idle && _waiting > 0; i++)
            {
                await _endpoint.RunAsync();
                Interlocked.Decrement(ref _waiting);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
