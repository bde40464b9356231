using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Authentication;

/// <summary>Adds keys, tokens and tickets to a host.</summary>
internal static class AuthenticationExtensions
{
    /// <summary>Adds the schemes, the policy of operators and the store of tickets.</summary>
    /// <param name="services">The host's services.</param>
    public static void AddIngressAuthentication(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AuthOptions, AuthOptionsValidator>().BindConfiguration(AuthOptions.SectionName);
        services.AddSingleton<KeyRing>();
        services.AddSingleton<TicketStore>();
        services.AddSingleton<ClientAuthenticator>();

        // The parts of AddAuthentication and AddJwtBearer that are needed. The whole would also bring data protection, which wants a place
        // on disk for its keys and has nothing to protect here.
        services.AddAuthenticationCore(static options => options.DefaultScheme = IngressClaims.Scheme);
        services.AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, IngressAuthenticationHandler>(IngressClaims.Scheme, null)
            .AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, null);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<JwtBearerOptions>, JwtBearerSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>());
        services.AddAuthorizationBuilder()
            .AddPolicy(IngressClaims.Operator, static policy => policy.RequireAuthenticatedUser().RequireRole(IngressClaims.Operator));
    }
}
