namespace Ingress.Tests.Pipeline;

internal enum ModelStepKind
{
    Connect,
    Send,
    Cancel,
    Close,
    Break,
    Resume,
    Offer,
    Answer,
    Yield,
    End,
    Advance,
    Pause,
    Operate,
    Hold,
    Release,
}
