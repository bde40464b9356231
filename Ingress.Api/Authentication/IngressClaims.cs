namespace Ingress.Api.Authentication;

/// <summary>The claims that the service itself gives to whoever has proved something.</summary>
internal static class IngressClaims
{
    /// <summary>The authentication scheme that knows keys and tokens.</summary>
    public const string Scheme = "Ingress";

    /// <summary>The claim with the principal's name in limits and listings. Never a secret.</summary>
    public const string Principal = "ingress.principal";

    /// <summary>The role of operators, and the policy that asks for it.</summary>
    public const string Operator = "operator";
}
