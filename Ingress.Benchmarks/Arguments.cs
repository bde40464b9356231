using System.Globalization;

namespace Ingress.Benchmarks;

/// <summary>Options of a command line, each written <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Initializes a new instance.</summary>
    /// <param name="args">Names and values, by turns.</param>
    /// <exception cref="ArgumentException">A name has no value, or is none.</exception>
    public Arguments(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Count)
            {
                throw new ArgumentException($"'{args[i]}': write options as --name value");
            }

            _values[args[i][2..]] = args[i + 1];
        }
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Number(string name, int otherwise) =>
        _values.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    public double Real(string name, double otherwise) =>
        _values.TryGetValue(name, out var value) ? double.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Gives a list that was written with commas.</summary>
    /// <returns>Null where the option is absent.</returns>
    public string[]? List(string name) => _values.TryGetValue(name, out var value) ? value.Split(',') : null;
}
