using Microsoft.Extensions.Options;

namespace Ingress.Api.Configuration;

/// <summary>The configuration has to be mended before the service can start; the message says all there is to do.</summary>
internal sealed class ConfigurationProblemException : Exception
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="problems">One sentence for each, with key, value and rule. No secrets.</param>
    public ConfigurationProblemException(IReadOnlyList<string> problems)
        : base($"Infra Ingress cannot start, its configuration has to be mended:{string.Concat(problems.Select(Line))}") =>
        Problems = problems;

    /// <summary>Gets one sentence for each problem.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Puts a host together and validates all its options before it starts anything.</summary>
    /// <param name="build">Puts it together; some options are read by that already.</param>
    /// <returns>The host.</returns>
    /// <exception cref="ConfigurationProblemException">At least one value breaks its rule.</exception>
    public static WebApplication Validated(Func<WebApplication> build)
    {
        try
        {
            var web = build();
            web.Services.GetService<IStartupValidator>()?.Validate();
            return web;
        }
        catch (OptionsValidationException e)
        {
            throw new ConfigurationProblemException([.. e.Failures]);
        }
        catch (AggregateException e) when (e.InnerExceptions.All(static inner => inner is OptionsValidationException))
        {
            throw new ConfigurationProblemException(
                [.. e.InnerExceptions.SelectMany(static inner => ((OptionsValidationException)inner).Failures)]);
        }
    }

    private static string Line(string problem) => $"{Environment.NewLine}  {problem.TrimEnd('.')}.";
}
