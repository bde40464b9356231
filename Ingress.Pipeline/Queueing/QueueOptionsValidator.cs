using Ingress.Pipeline.Configuration;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Queueing;

internal sealed class QueueOptionsValidator : IValidateOptions<QueueOptions>
{
    public ValidateOptionsResult Validate(string? name, QueueOptions options) => new OptionRules(QueueOptions.SectionName)
        .Range(nameof(options.Capacity), options.Capacity, 1, 10_000_000)
        .Range(nameof(options.MaxBytes), options.MaxBytes, 1, 1L << 40)
        .Range(nameof(options.MaxPendingPerConnection), options.MaxPendingPerConnection, 1, 10_000_000)
        .Range(nameof(options.MaxPendingPerPrincipal), options.MaxPendingPerPrincipal ?? 1, 1, 10_000_000)
        .Range(nameof(options.MaxWait), options.MaxWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(7))
        .ToResult();
}
