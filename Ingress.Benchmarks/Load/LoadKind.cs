namespace Ingress.Benchmarks.Load;

/// <summary>How a server is loaded.</summary>
internal enum LoadKind
{
    /// <summary>Each answer is followed by the next request: how much the server can do.</summary>
    Closed,

    /// <summary>Requests follow the clock, whatever the server does: how long an answer takes.</summary>
    Open,

    /// <summary>Connections that say nothing: what one costs.</summary>
    Idle,

    /// <summary>Connections that open, ask once and close.</summary>
    Churn,
}
