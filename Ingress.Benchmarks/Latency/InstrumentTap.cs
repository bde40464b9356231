using System.Diagnostics.Metrics;
using Ingress.Benchmarks.Reporting;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Benchmarks.Latency;

/// <summary>Listens to one of the service's own histograms, value by value, before anything is put into buckets.</summary>
internal sealed class InstrumentTap : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly LatencyHistogram _values = new();
    private readonly Lock _gate = new();

    /// <summary>Initializes a new instance that listens.</summary>
    /// <param name="instrument">The instrument's name; it records seconds.</param>
    public InstrumentTap(string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == IngressTelemetry.Name && published.Name == instrument)
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, _, _) =>
        {
            lock (_gate)
            {
                _values.Add(TimeSpan.FromSeconds(seconds));
            }
        });
        _listener.Start();
    }

    /// <summary>Forgets what was heard so far.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _values.Clear();
        }
    }

    /// <summary>Describes what was heard.</summary>
    public string Describe()
    {
        lock (_gate)
        {
            return Figures.Describe(_values);
        }
    }

    public void Dispose() => _listener.Dispose();
}
