using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>
/// A page's commands as a test runs them: as they stand, but for the built binary in the place of <c>dotnet run</c>, and the test's own
/// addresses in the place of the usual ones. A call that is answered with an error ends the script with one.
/// </summary>
/// <param name="block">The commands.</param>
internal sealed class CommandScript(CommandBlock block)
{
    private const string Prelude = """
        set -euo pipefail
        curl() { command curl --fail-with-body --silent --show-error --max-time 20 "$@"; echo; }

        """;

    private readonly List<(string Text, string By)> _replacements = [];

    /// <summary>Puts something else in the place of a text, which must be there.</summary>
    /// <param name="text">What the page says.</param>
    /// <param name="by">What is run.</param>
    public CommandScript With(string text, string by)
    {
        block.Text.Should().Contain(text, "the page {0} says so in its commands '{1}'", block.Page, block.Name);
        _replacements.Add((text, by));
        return this;
    }

    /// <summary>Starts the commands, the last of which serves.</summary>
    /// <param name="environment">Environment variables.</param>
    public ServiceProcess Serve(params (string Name, string Value)[] environment) =>
        ServiceProcess.StartScript(Text("exec "), Path.GetTempPath(), [("ASPNETCORE_URLS", "http://127.0.0.1:0"), .. environment]);

    /// <summary>Runs the commands to their end, which must be a good one.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="cancellationToken">Ends them.</param>
    /// <param name="more">Commands after those of the page.</param>
    /// <param name="environment">Environment variables.</param>
    /// <returns>What they printed, errors last.</returns>
    public async Task<string> RunAsync(
        CancellationToken cancellationToken, string? folder = null, string more = "", params (string Name, string Value)[] environment)
    {
        await using var process = ServiceProcess.StartScript(Text(string.Empty) + more, folder ?? Path.GetTempPath(), environment);
        (await process.WaitForExitAsync(cancellationToken)).Should().Be(0, "{0}{1}", process.Output, process.Errors);
        return $"{process.Output}\n{process.Errors}";
    }

    private string Text(string before) => Prelude + _replacements
        .Append(("dotnet run --project Ingress.Api -- ", $"{before}dotnet '{ServiceProcess.Binary}' "))
        .Append(("dotnet run --project Ingress.Api", $"{before}dotnet '{ServiceProcess.Binary}'"))
        .Append(("dotnet Ingress.Api.dll", $"{before}dotnet '{ServiceProcess.Binary}'"))
        .Aggregate(block.Text, static (text, replacement) => text.Replace(replacement.Item1, replacement.Item2, StringComparison.Ordinal));
}
