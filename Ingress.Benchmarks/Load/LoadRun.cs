namespace Ingress.Benchmarks.Load;

/// <summary>One result, and where it belongs.</summary>
internal sealed record LoadRun(LoadScenario Scenario, int Round, bool IsService, LoadResult Result);
