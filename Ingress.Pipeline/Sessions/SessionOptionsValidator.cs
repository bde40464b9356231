using Ingress.Pipeline.Configuration;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Sessions;

internal sealed class SessionOptionsValidator : IValidateOptions<SessionOptions>
{
    public ValidateOptionsResult Validate(string? name, SessionOptions options) => new OptionRules(SessionOptions.SectionName)
        .Range(nameof(options.ResumeGrace), options.ResumeGrace, TimeSpan.Zero, TimeSpan.FromHours(1))
        .ToResult();
}
