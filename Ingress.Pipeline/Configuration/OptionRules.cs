using System.Globalization;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Configuration;

/// <summary>
/// Collects what is wrong with a section of the configuration, each as one sentence with the key, the value and the rule, so that an
/// operator can mend it without reading code.
/// </summary>
/// <param name="section">The section's name, the part of the key before the last colon.</param>
public sealed class OptionRules(string section)
{
    private readonly List<string> _failures = [];

    /// <summary>Gets what was found, in the order of the checks; empty when all is well.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Requires a value between two bounds, both allowed.</summary>
    /// <typeparam name="T">The value's type; printed without regard to culture.</typeparam>
    /// <param name="key">The key below the section.</param>
    /// <param name="value">The configured value.</param>
    /// <param name="minimum">The least allowed value.</param>
    /// <param name="maximum">The greatest allowed value.</param>
    /// <returns>This instance.</returns>
    public OptionRules Range<T>(string key, T value, T minimum, T maximum)
        where T : IComparable<T>, IFormattable =>
        Require(
            value.CompareTo(minimum) >= 0 && value.CompareTo(maximum) <= 0,
            key,
            value.ToString(null, CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"must be between {minimum} and {maximum}"));

    /// <summary>Requires a condition.</summary>
    /// <param name="holds">Whether the rule holds.</param>
    /// <param name="key">The key below the section.</param>
    /// <param name="value">The configured value as text; null is shown as nothing. Never a secret.</param>
    /// <param name="rule">The rule, beginning with "must".</param>
    /// <returns>This instance.</returns>
    public OptionRules Require(bool holds, string key, string? value, string rule)
    {
        if (!holds)
        {
            _failures.Add($"{section}:{key} is '{value}': {rule}.");
        }

        return this;
    }

    /// <summary>Turns what was found into the options framework's answer.</summary>
    /// <returns>Success, or all failures.</returns>
    public ValidateOptionsResult ToResult() =>
        _failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_failures);
}
