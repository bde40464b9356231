using System.Reflection;
using Ingress.Tests.Support;
using NUnit.Framework.Interfaces;

namespace Ingress.Tests.RunPod.Complaints;

/// <summary>The table in <c>docs/runpod.md</c> and the tests it names are the same, in both directions.</summary>
public sealed class ComplaintTableTests
{
    [Test]
    public void Table_OfTheComplaints_NamesExactlyTheTestsThatThereAre()
    {
        var page = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "runpod.md"));
        var rows = page
            .SkipWhile(static line => !line.StartsWith("| Complaint |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();

        rows.Should().OnlyContain(static row => row.Length == 5 && row[1].Length > 0 && row[2].Length > 0);
        rows.Select(static row => row[3].Trim('`')).Should().BeEquivalentTo(Tests(), "a row without a test claims, a test without a row hides");
    }

    private static IEnumerable<string> Tests() => typeof(ComplaintTableTests).Assembly.GetTypes()
        .SelectMany(static type => type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(static method => method.Name.StartsWith("Complaint_", StringComparison.Ordinal))
        .Where(static method => method.GetCustomAttributes().Any(static attribute => attribute is ITestBuilder or ISimpleTestBuilder))
        .Select(static method => method.Name);
}
