using System.Net;
using System.Net.Http.Headers;
using Refit;

namespace Ingress.RunPod.Client;

/// <summary>Builds the Refit client of one endpoint.</summary>
/// <remarks>
/// Each endpoint has its own connections, so that one that hangs takes none from another; and no client factory's logging, which would
/// write several lines for each poll.
/// </remarks>
internal static class RunPodApiFactory
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Shorter than any usual server's keep-alive. A server that closes an idle connection just as a job is written to it leaves the job's
    /// fate unknown, and an unknown job is never sent again; a new connection now and then is the smaller price.
    /// </summary>
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(3);

    /// <summary>Creates the client and the connections under it, which the caller disposes.</summary>
    public static (IRunPodApi Api, HttpClient Http) Create(EndpointSettings settings)
    {
        var http = new HttpClient(CreateHandler())
        {
            BaseAddress = settings.Address,
            Timeout = Timeout.InfiniteTimeSpan, // each operation has a bound of its own
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", settings.ApiKey);
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        http.DefaultRequestHeaders.UserAgent.ParseAdd("infra-ingress");
        return (RestService.ForGenerated<IRunPodApi>(http, CreateSettings()), http);
    }

    private static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false, // a redirect would repeat a POST and send the key elsewhere
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionIdleTimeout = IdleConnection,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // follows DNS
        MaxConnectionsPerServer = int.MaxValue, // the limits of each operation bound it: some 600 at most
    };

    private static RefitSettings CreateSettings()
    {
        var settings = RefitSettings.ForJsonContext(RunPodJsonContext.Default);

        // The kind of transport failure decides whether a job may be sent again, so it comes through as it is.
        settings.TransportExceptionFactory = static (_, exception, _) => exception;
        return settings;
    }
}
