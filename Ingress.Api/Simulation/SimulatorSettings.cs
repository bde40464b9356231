using Ingress.Api.Configuration;
using Ingress.RunPod.Simulation;

namespace Ingress.Api.Simulation;

/// <summary>Reads the simulator's section.</summary>
internal static class SimulatorSettings
{
    /// <summary>Reads and checks the section.</summary>
    /// <param name="configuration">The configuration, inspected before.</param>
    /// <returns>Valid options.</returns>
    /// <exception cref="ConfigurationProblemException">A value breaks its rule.</exception>
    public static SimulatorOptions Read(IConfiguration configuration)
    {
        var options = configuration.GetSection(SimulatorOptions.SectionName).Get<SimulatorOptions>() ?? new SimulatorOptions();
        var problems = SimulatorOptions.Validate(options).Select(static problem => $"{problem}.").ToArray();
        return problems.Length == 0 ? options : throw new ConfigurationProblemException(problems);
    }
}
