using System.Globalization;
using Ingress.Pipeline.Configuration;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Connections;

internal sealed class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>
{
    public ValidateOptionsResult Validate(string? name, RateLimitOptions options) => new OptionRules(RateLimitOptions.SectionName)
        .Range(nameof(options.RequestsPerSecond), options.RequestsPerSecond ?? 1, 0.001, 1_000_000)
        .Range(nameof(options.Burst), options.Burst ?? 1, 1, 1_000_000)
        .Require(
            options.Burst is null || options.RequestsPerSecond is not null,
            nameof(options.Burst),
            options.Burst?.ToString(CultureInfo.InvariantCulture),
            $"must come with {RateLimitOptions.SectionName}:{nameof(options.RequestsPerSecond)}, since a burst alone limits nothing")
        .ToResult();
}
