namespace Ingress.Benchmarks.Scaling;

/// <summary>The work: 2 s on a worker, of which the first output is there after half a second.</summary>
internal static class Job
{
    public const int Count = 200;

    public const string Input = """{"prompt":"scaling","simulate":{"chunks":4,"chunkDelayMs":500}}""";
}
