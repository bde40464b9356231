using System.Net.WebSockets;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Connections;

/// <summary>Does what a client's messages ask for. One instance per connection, called by its receive loop only.</summary>
/// <param name="connection">The connection.</param>
/// <param name="shared">What all connections share.</param>
internal sealed class MessageHandler(ClientConnection connection, ConnectionServices shared)
{
    /// <summary>
    /// So many times as often as requests may come what is none: pings and mistakes, which cost no place and no GPU. They have a bucket of
    /// their own, so that they take nothing from the requests.
    /// </summary>
    private const int OthersPerRequest = 10;

    private readonly double _perSecond = shared.RateLimit.RequestsPerSecond ?? 0;
    private readonly double _burst = BurstOf(shared.RateLimit);
    private TokenBucket _requests = new(BurstOf(shared.RateLimit), shared.Time.GetTimestamp());
    private TokenBucket _others = new(OthersPerRequest * BurstOf(shared.RateLimit), shared.Time.GetTimestamp());
    private int _refusedInARow;
    private bool _isFirst = true;

    /// <summary>Handles a whole message. What it answers is sent with the connection's next flush.</summary>
    /// <param name="utf8">The message; valid only during the call.</param>
    /// <param name="isText">Whether it came in text frames, which are known to be UTF-8.</param>
    public void Handle(ReadOnlySpan<byte> utf8, bool isText)
    {
        var session = connection.Session;
        var message = ClientMessageParser.Parse(utf8, session.Protocol, isText);
        var first = _isFirst;
        _isFirst = false;
        switch (message.Kind)
        {
            case ClientMessageKind.Request:
                Request(session, message, utf8);
                break;
            case ClientMessageKind.Cancel when session.Find(message.Id!) is { } request:
                // Whatever the rate: it saves a GPU's time, and there are no more of them than requests.
                shared.Withdrawal.Withdraw(request, CancelReason.Client);
                break;
            case var _ when IsTooFast(out var retryAfterMs):
                RefuseTooFast(session, message, retryAfterMs);
                break;
            case ClientMessageKind.Cancel:
                shared.Intake.Refuse(
                    session,
                    message.Id,
                    new RequestError(ErrorCode.UnknownRequest, "No live request of this session has this id; it may have ended."));
                break;
            case ClientMessageKind.Ping:
                session.Append(new Pong());
                break;
            case ClientMessageKind.Resume:
                Resume(session, message, first);
                break;
            case ClientMessageKind.InvalidRequest:
                shared.Intake.Reject(session, message.Id, message.Error);
                break;
            default:
                shared.Intake.Refuse(session, message.Id, message.Error);
                break;
        }
    }

    /// <summary>Answers a message that is larger than may be, and closes.</summary>
    public void RefuseTooLarge()
    {
        var limit = shared.Options.MaxMessageBytes;
        shared.Intake.Refuse(
            connection.Session, null, new RequestError(ErrorCode.MessageTooLarge, $"A message may have at most {limit} bytes."));
        connection.Close(WebSocketCloseStatus.MessageTooBig, $"a message may have at most {limit} bytes", SessionEnd.TooLarge);
        shared.Sessions.EndOn(connection, connection.Session, SessionEnd.TooLarge, keepUnsent: true);
    }

    /// <summary>Closes a connection whose unfinished message takes memory that is needed for others.</summary>
    public void RefuseForMemory()
    {
        shared.Intake.ConnectionRefused("memory_limit");
        connection.Close(
            WebSocketCloseStatus.PolicyViolation, "too much is held for all clients: send smaller messages, each at once", SessionEnd.SlowConsumer);
        shared.Sessions.EndOn(connection, connection.Session, SessionEnd.SlowConsumer);
    }

    /// <summary>Closes a connection whose client breaks the protocol of the frames; its session ends before the client has hung up.</summary>
    /// <param name="fault">What was broken.</param>
    public void RefuseFrames(FrameException fault)
    {
        shared.Intake.ConnectionRefused(fault.CloseStatus == WebSocketCloseStatus.InvalidPayloadData ? "invalid_utf8" : "protocol_error");

        // Ended before the client can know of it, so that it cannot come back for it.
        shared.Sessions.EndOn(connection, connection.Session, SessionEnd.ProtocolError, keepUnsent: true);
        connection.Close(fault.CloseStatus, fault.Message, SessionEnd.ProtocolError);
    }

    private void Request(Session session, in ClientMessage message, ReadOnlySpan<byte> utf8)
    {
        if (_perSecond > 0 && !_requests.TryTake(_perSecond, _burst, shared.Time, out var retryAfterMs))
        {
            shared.Intake.Reject(
                session, message.Id, new RequestError(ErrorCode.RateLimited, "This connection sends too fast.", true), retryAfterMs);
            return;
        }

        shared.Intake.Take(session, message, utf8);
    }

    private static double BurstOf(RateLimitOptions limit) => limit.Burst ?? Math.Max(1, limit.RequestsPerSecond ?? 1);

    private bool IsTooFast(out long retryAfterMs)
    {
        retryAfterMs = 0;
        if (_perSecond > 0 && !_others.TryTake(OthersPerRequest * _perSecond, OthersPerRequest * _burst, shared.Time, out retryAfterMs))
        {
            return true;
        }

        _refusedInARow = 0;
        return false;
    }

    // Who goes on without a pause pays with its connection: an answer to each costs as much as what was asked for.
    private void RefuseTooFast(Session session, in ClientMessage message, long retryAfterMs)
    {
        var error = new RequestError(ErrorCode.RateLimited, "This connection sends too fast.", true);
        if (message.Kind == ClientMessageKind.InvalidRequest)
        {
            shared.Intake.Reject(session, message.Id, error, retryAfterMs);
        }
        else
        {
            shared.Intake.Refuse(session, message.Id, error);
        }

        if (++_refusedInARow > OthersPerRequest * _burst)
        {
            connection.Close(WebSocketCloseStatus.PolicyViolation, "too many messages", SessionEnd.Flood);
            shared.Sessions.EndOn(connection, session, SessionEnd.Flood, keepUnsent: true);
        }
    }

    private void Resume(Session fresh, in ClientMessage message, bool isFirst)
    {
        if (!isFirst)
        {
            shared.Intake.Refuse(
                fresh, null, new RequestError(ErrorCode.InvalidMessage, "'resume' must be the first message of a connection."));
            return;
        }

        var old = shared.Sessions.FindForResume(message.SessionId, message.ResumeToken);
        if (old is null || old == fresh || !MayTakeOver(fresh, old) || !old.TryResume(connection, message.LastSeq, out var replaced))
        {
            fresh.Append(SessionGreeting.For(fresh, shared, resumeFailed: true));
            return;
        }

        connection.Session = old;
        shared.Sessions.End(fresh, SessionEnd.TakenOver);
        replaced?.Close(WebSocketCloseStatus.PolicyViolation, "the session goes on over another connection", SessionEnd.TakenOver);
    }

    // The token alone proves it for people without a name, whose address may have changed; a named one must be the same.
    private static bool MayTakeOver(Session fresh, Session old) =>
        !old.Identity.IsAuthenticated || old.Identity.Principal == fresh.Identity.Principal;
}
