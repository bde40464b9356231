namespace Ingress.Pipeline.Protocol;

/// <summary>What belongs to the original service's protocol.</summary>
internal static class PlainProtocol
{
    /// <summary>The acknowledgement, to the byte.</summary>
    public static readonly byte[] Acknowledgement = "Conversation request added into the queue."u8.ToArray();
}
