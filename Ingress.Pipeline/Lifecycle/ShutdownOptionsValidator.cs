using Ingress.Pipeline.Configuration;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Lifecycle;

internal sealed class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>
{
    public ValidateOptionsResult Validate(string? name, ShutdownOptions options) => new OptionRules(ShutdownOptions.SectionName)
        .Range(nameof(options.DrainTimeout), options.DrainTimeout, TimeSpan.Zero, TimeSpan.FromHours(1))
        .ToResult();
}
