namespace Ingress.Api.Configuration;

/// <summary>Tells how far apart two words are.</summary>
internal static class Spelling
{
    /// <summary>Counts the letters to add, drop or change to make one word of the other (Levenshtein), without regard to case.</summary>
    /// <param name="left">One word.</param>
    /// <param name="right">The other.</param>
    /// <returns>0 for equal words.</returns>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
