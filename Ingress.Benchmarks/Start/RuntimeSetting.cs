namespace Ingress.Benchmarks.Start;

/// <summary>A way to set up the runtime, by its environment.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Variables">The variables and their values.</param>
internal sealed record RuntimeSetting(string Name, params (string Name, string Value)[] Variables)
{
    /// <summary>Gets the service's own set-up.</summary>
    public static RuntimeSetting Own { get; } = new("its own: server collector");

    /// <summary>Gets the others that were thought of.</summary>
    public static IReadOnlyList<RuntimeSetting> Others { get; } =
    [
        new("workstation collector", ("DOTNET_gcServer", "0")),
        new("workstation, not concurrent", ("DOTNET_gcServer", "0"), ("DOTNET_gcConcurrent", "0")),
        new("server, not concurrent", ("DOTNET_gcConcurrent", "0")),
        new("server, conserving memory (5)", ("DOTNET_GCConserveMemory", "5")),
        new("server, no profile-guided compilation", ("DOTNET_TieredPGO", "0")),
    ];
}
