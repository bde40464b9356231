using Ingress.Pipeline.Forwarding;

namespace Ingress.Tests.RunPod;

internal sealed class FakeDemand : IDemand
{
    public int Waiting { get; set; }

    public long? OldestSince { get; set; }
}
