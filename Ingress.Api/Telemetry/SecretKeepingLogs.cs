namespace Ingress.Api.Telemetry;

/// <summary>Keeps secrets out of logs that are not ours.</summary>
internal static class SecretKeepingLogs
{
    /// <summary>
    /// These write a request's whole line, its query with tokens and tickets too, and so never below these levels, whatever the
    /// configuration asks for.
    /// </summary>
    private static readonly (string Category, LogLevel Least)[] Talkative =
    [

        // Writes nothing else; and as long as it can write at all, every request, so every connection, has a span and a log scope.
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None),
        ("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Information),
    ];

    /// <summary>Adds the limits.</summary>
    /// <param name="logging">The host's logging.</param>
    public static void KeepQueriesOut(this ILoggingBuilder logging) =>
        logging.Services.PostConfigure<LoggerFilterOptions>(static filters =>
        {
            // A rule for one provider beats a rule for all, so each provider that has rules gets these too.
            foreach (var provider in filters.Rules.Select(static rule => rule.ProviderName).Append(null).Distinct().ToArray())
            {
                foreach (var (category, least) in Talkative)
                {
                    filters.Rules.Add(new LoggerFilterRule(provider, category, null, (_, name, level) => level >= least));
                }
            }
        });
}
