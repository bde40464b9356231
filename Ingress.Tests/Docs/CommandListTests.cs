using System.Text.RegularExpressions;
using Ingress.Benchmarks;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>Holds to the truth what is said of the commands that no test runs.</summary>
[TestFixture]
[Platform("Linux,MacOsX")]
internal sealed partial class CommandListTests
{
    private static readonly IReadOnlyList<CommandBlock> Blocks = CommandBlock.ReadAll();

    [Test]
    public void Reasons_TestsAndFilesTheyName_Exist()
    {
        var fixtures = GetType().Assembly.GetTypes().Select(static type => type.Name).ToHashSet();
        foreach (var reason in CommandsNotRun.Reasons.Values)
        {
            TestName().Matches(reason).Select(static match => match.Value).Should().BeSubsetOf(fixtures, reason);
            Quoted().Matches(reason).Select(static match => match.Groups[1].Value).Should().BeSubsetOf(Blocks.Select(static block => block.Name), reason);
            FileName().Matches(reason).Where(static match => !File.Exists(Path.Combine(Repository.Root, match.Value))).Should().BeEmpty(reason);
        }
    }

    [Test]
    public void Pages_EveryFilterOfTests_FindsSome()
    {
        var tests = GetType().Assembly.GetTypes().SelectMany(static type => type.GetMethods(), static (type, method) => $"{type.FullName}.{method.Name}").ToArray();
        var filters = Blocks.SelectMany(static block => block.Commands).Select(static command => Filter().Match(command)).Where(static match => match.Success).ToArray();

        filters.Should().NotBeEmpty();
        filters.Select(static match => match.Groups["part"].Value).Where(part => !tests.Any(test => test.Contains(part, StringComparison.Ordinal))).Should().BeEmpty();
    }

    [Test]
    public void Pages_EveryOptionInRunningText_IsOneThatACommandHas()
    {
        var known = string.Join('\n', Blocks.SelectMany(static block => block.Commands).Where(static command => !command.StartsWith('-')).Append(Verbs.Usage));
        var options = DocumentPage.All.SelectMany(static page => page.Spans).Where(static span => Option().IsMatch(span)).ToArray();

        options.Should().NotBeEmpty();
        options.Where(option => !Regex.IsMatch(known, $@"{Regex.Escape(option.Split(' ')[0])}(?![\w-])")).Should().BeEmpty();
    }

    [GeneratedRegex(@"\b\w+Tests\b")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(?<!\w)'([a-z-]+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\bdeploy/[\w/.-]+")]
    private static partial Regex FileName();

    [GeneratedRegex("^--?[a-z]")]
    private static partial Regex Option();

    [GeneratedRegex("dotnet test .*--filter \"?(?:FullyQualifiedName~)?(?<part>\\w+)")]
    private static partial Regex Filter();
}
