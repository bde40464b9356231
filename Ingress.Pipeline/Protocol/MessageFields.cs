using System.Text.Json;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Protocol;

/// <summary>The fields of a message as they were found, before it is known what the message is.</summary>
internal ref struct MessageFields(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>Where the object begins.</summary>
    public int Start;

    /// <summary>Where the object ends.</summary>
    public int End;

    private TextField _type;
    private TextField _id;
    private TextField _endpoint;
    private TextField _traceParent;
    private TextField _sessionId;
    private TextField _resumeToken;
    private NumberField _maxWaitMs;
    private NumberField _lastSeq;
    private Range _input;
    private bool _hasInput;
    private bool _inputIsObject;
    private JobPolicy _policy;
    private string? _policyFault;

    /// <summary>Reads the object that the reader stands at, to its end.</summary>
    /// <param name="reader">Stands at the object's start; at its end afterwards.</param>
    public void ReadAll(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadField(ref reader);
        }
    }

    /// <summary>Takes the object as a request of the plain protocol.</summary>
    /// <returns>The request, or why it is refused.</returns>
    public readonly ClientMessage ToPlainRequest() => _inputIsObject
        ? ToRequest()
        : new ClientMessage { Kind = ClientMessageKind.Request, Input = Start..End };

    /// <summary>Takes the object as a message of <c>ingress.v1</c>.</summary>
    /// <returns>The message, or why it is refused.</returns>
    public readonly ClientMessage ToMessage()
    {
        if (_type.Is(_message, "request"u8))
        {
            return ToRequest();
        }

        if (_type.Is(_message, "cancel"u8))
        {
            return ToCancel();
        }

        if (_type.Is(_message, "ping"u8))
        {
            return new ClientMessage { Kind = ClientMessageKind.Ping };
        }

        return _type.Is(_message, "resume"u8) ? ToResume() : RefuseType();
    }

    private void ReadField(ref Utf8JsonReader reader)
    {
        // Compared before the value is read: the property name is gone then.
        if (!FieldName.MayBeKnown(ref reader))
        {
            reader.Skip();
        }
        else if (reader.ValueTextEquals("input"u8))
        {
            ReadInput(ref reader);
        }
        else if (reader.ValueTextEquals("id"u8))
        {
            _id.Read(ref reader);
        }
        else if (reader.ValueTextEquals("type"u8))
        {
            _type.Read(ref reader);
        }
        else if (reader.ValueTextEquals("policy"u8))
        {
            (_policy, _policyFault) = PolicyReader.Read(ref reader);
        }
        else
        {
            ReadRareField(ref reader);
        }
    }

    private void ReadRareField(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("endpoint"u8))
        {
            _endpoint.Read(ref reader);
        }
        else if (reader.ValueTextEquals("maxWaitMs"u8))
        {
            _maxWaitMs.Read(ref reader);
        }
        else if (reader.ValueTextEquals("traceparent"u8))
        {
            _traceParent.Read(ref reader);
        }
        else if (reader.ValueTextEquals("sessionId"u8))
        {
            _sessionId.Read(ref reader);
        }
        else if (reader.ValueTextEquals("resumeToken"u8))
        {
            _resumeToken.Read(ref reader);
        }
        else if (reader.ValueTextEquals("lastSeq"u8))
        {
            _lastSeq.Read(ref reader);
        }
        else
        {
            reader.Skip();
        }
    }

    private void ReadInput(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        _hasInput = true;
        _inputIsObject = reader.TokenType == JsonTokenType.StartObject;
        reader.Skip();
        _input = start..(int)reader.BytesConsumed;
    }

    private readonly ClientMessage RefuseType() => _type.Text(_message) is null
        ? Refuse(ErrorCode.InvalidMessage, "'type' must be a string: request, cancel, ping or resume.")
        : Refuse(ErrorCode.UnknownType, "'type' is not known; it must be request, cancel, ping or resume.");

    private readonly ClientMessage ToRequest()
    {
        var id = ReadableId();
        var endpoint = _endpoint.Text(_message);
        var fault = RequestFault(id, endpoint);
        return fault is null
            ? new ClientMessage
            {
                Kind = ClientMessageKind.Request,
                Id = id,
                Input = _input,
                Policy = _policy,
                MaxWaitMs = _maxWaitMs.Value,
                Endpoint = endpoint,
                TraceParent = _traceParent.Text(_message),
            }
            : new ClientMessage
            {
                Kind = ClientMessageKind.InvalidRequest,
                Id = id,
                Error = new RequestError(ErrorCode.InvalidMessage, fault),
            };
    }

    private readonly string? RequestFault(string? id, string? endpoint)
    {
        if (_id.Present && id is null)
        {
            return $"'id' must be a string of 1 to {ClientMessageParser.MaxIdLength} characters.";
        }

        if (!_inputIsObject)
        {
            return _hasInput ? "'input' must be a JSON object." : "'input' is missing; it must be a JSON object.";
        }

        if (_maxWaitMs.Present && _maxWaitMs.Value is null or < 0)
        {
            return "'maxWaitMs' must be a whole number of milliseconds, 0 or more.";
        }

        return _endpoint.Present && endpoint is null ? "'endpoint' must be a string." : _policyFault;
    }

    private readonly ClientMessage ToCancel() => ReadableId() is { } id
        ? new ClientMessage { Kind = ClientMessageKind.Cancel, Id = id }
        : Refuse(ErrorCode.InvalidMessage, $"'id' must be a string of 1 to {ClientMessageParser.MaxIdLength} characters.");

    private readonly ClientMessage ToResume() => new()
    {
        // A malformed resume is one that cannot succeed: the client gets a fresh session, as for an unknown one.
        Kind = ClientMessageKind.Resume,
        SessionId = _sessionId.Text(_message),
        ResumeToken = _resumeToken.Text(_message),
        LastSeq = _lastSeq.Value ?? -1,
    };

    private readonly string? ReadableId() => _id.Text(_message) is { Length: >= 1 } id && IsShort(id) ? id : null;

    // Characters as JSON and its schemas count them: whole code points, of which some take two of .NET's.
    private static bool IsShort(string id) => id.Length <= ClientMessageParser.MaxIdLength
        || (id.Length <= 2 * ClientMessageParser.MaxIdLength && id.EnumerateRunes().Count() <= ClientMessageParser.MaxIdLength);

    private readonly ClientMessage Refuse(string code, string message) => ClientMessageParser.Invalid(code, message, ReadableId());
}
