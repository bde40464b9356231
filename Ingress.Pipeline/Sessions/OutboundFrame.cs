namespace Ingress.Pipeline.Sessions;

/// <summary>A message to a client.</summary>
/// <param name="Data">The UTF-8 text; never changed, so that several may share it.</param>
/// <param name="Seq">The event's number in its session; 0 for what is no event (the plain acknowledgement).</param>
/// <param name="SentAt">The timestamp at which it was last taken to be sent; 0 before that.</param>
internal readonly record struct OutboundFrame(byte[] Data, long Seq, long SentAt = 0);
