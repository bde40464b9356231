using System.Collections;
using System.ComponentModel;
using System.Reflection;

namespace Ingress.Api.Configuration;

/// <summary>
/// Looks through the configuration before it is bound. The binder stops at the first value that it cannot read, with an exception made
/// for programmers, and passes over keys that it does not know; here each gets a sentence.
/// </summary>
internal sealed class ConfigurationInspector
{
    private readonly List<string> _problems = [];
    private readonly List<string> _unknown = [];
    private bool _isSecret;

    private ConfigurationInspector()
    {
    }

    /// <summary>Looks through the service's own sections.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <returns>One sentence for each key that nothing reads.</returns>
    /// <exception cref="ConfigurationProblemException">A value cannot be read, or a key that guards the door is misspelt.</exception>
    public static IReadOnlyList<string> Inspect(IConfiguration configuration)
    {
        var inspector = new ConfigurationInspector();
        foreach (var (name, type) in KnownSections.All)
        {
            inspector._isSecret = type == typeof(Authentication.AuthOptions);
            inspector.InspectKeys(configuration.GetSection(name), type);
        }

        inspector._isSecret = false;
        inspector.InspectAddresses(configuration[WebHostDefaults.ServerUrlsKey]);
        inspector.InspectLogLevels(configuration.GetSection("Logging"));
        return inspector._problems.Count == 0 ? inspector._unknown : throw new ConfigurationProblemException(inspector._problems);
    }

    private void InspectObject(IConfigurationSection section, Type type)
    {
        if (section.Value is { Length: > 0 } text)
        {
            _problems.Add($"{section.Path} is {Show(text)}: must be a section with keys of its own.");
        }

        InspectKeys(section, type);
    }

    // A value at the section itself is passed over: it may be anybody's environment variable, SESSION for instance.
    private void InspectKeys(IConfigurationSection section, Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var child in section.GetChildren())
        {
            var property = properties.FirstOrDefault(p => string.Equals(p.Name, child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                AddUnknown(section.Path, child.Key, properties);
            }
            else
            {
                InspectValue(child, property.PropertyType);
            }
        }
    }

    private void InspectValue(IConfigurationSection section, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string) || plain.IsPrimitive || plain.IsEnum || plain == typeof(TimeSpan))
        {
            InspectScalar(section, plain);
        }
        else if (plain.IsAssignableTo(typeof(IEnumerable)))
        {
            // The last type argument is what a list holds, and what a dictionary holds under its keys.
            InspectItems(section, plain.GenericTypeArguments[^1]);
        }
        else
        {
            InspectObject(section, plain);
        }
    }

    private void InspectItems(IConfigurationSection section, Type itemType)
    {
        if (section.Value is { Length: > 0 } text)
        {
            var variable = section.Path.Replace(":", "__", StringComparison.Ordinal);
            _problems.Add($"{section.Path} is {Show(text)}: must be a list, {variable}__0, {variable}__1 and so on.");
        }

        foreach (var child in section.GetChildren())
        {
            InspectValue(child, itemType);
        }
    }

    private void InspectScalar(IConfigurationSection section, Type type)
    {
        if (section.GetChildren().Any())
        {
            _problems.Add($"{section.Path} has keys of its own: must be a single value.");
        }
        else if (section.Value is { } text && !CanRead(text, type))
        {
            _problems.Add($"{section.Path} is {Show(text)}: must be {Describe(type)}.");
        }
    }

    private void InspectAddresses(string? addresses)
    {
        foreach (var address in (addresses ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                _ = BindingAddress.Parse(address);
            }
            catch (FormatException)
            {
                _problems.Add($"{WebHostDefaults.ServerUrlsKey} is '{addresses}': must be addresses such as http://*:8080, parted by semicolons.");
            }
        }
    }

    private void InspectLogLevels(IConfigurationSection logging)
    {
        foreach (var level in logging.GetChildren().Append(logging).SelectMany(static part => part.GetSection("LogLevel").GetChildren()))
        {
            InspectScalar(level, typeof(LogLevel));
        }
    }

    private static bool CanRead(string text, Type type)
    {
        if (type == typeof(string))
        {
            return true;
        }

        // A bare number would be read as days, which nobody means.
        if (type == typeof(TimeSpan) && !text.Contains(':', StringComparison.Ordinal) && text.Trim() != "0")
        {
            return false;
        }

        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text) is not null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            return false;
        }
    }

    private static string Describe(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(TimeSpan) => "a time written as hours:minutes:seconds, such as 00:00:15",
        TypeCode.Boolean => "true or false",
        TypeCode.Double or TypeCode.Single => "a number",
        TypeCode.Int32 => $"a whole number of at most {int.MaxValue}",
        _ => "a whole number",
    };

    private void AddUnknown(string path, string key, PropertyInfo[] properties)
    {
        var likely = properties.Select(static p => p.Name).MinBy(name => Spelling.Distance(name, key));
        var hint = likely is not null && Spelling.Distance(likely, key) <= 3 ? $" Did you mean {path}:{likely}?" : string.Empty;
        if (_isSecret)
        {
            _problems.Add($"{path}:{key} is not a setting: must be spelt right, since the door is open where no key is set.{hint}");
        }
        else
        {
            _unknown.Add($"{path}:{key} is not a setting and has no effect.{hint}");
        }
    }

    private string Show(string text) => _isSecret ? "(value not shown)" : $"'{text}'";
}
