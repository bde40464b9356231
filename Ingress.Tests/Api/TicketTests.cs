using System.Net;
using System.Net.Http.Headers;
using Ingress.Api.Authentication;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class TicketTests
{
    [Test, CancelAfter(20_000)]
    public async Task Issue_WithKey_GivesATicketForOneUpgradeAsThatPrincipal(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);
        using var issued = await IssueAsync(server, Keys.Client, cancellationToken);
        issued.StatusCode.Should().Be(HttpStatusCode.OK);
        issued.Headers.CacheControl!.NoStore.Should().BeTrue();
        var answer = await issued.ReadJsonAsync(cancellationToken);
        answer.GetProperty("expiresInMs").GetInt64().Should().Be(30_000);
        var ticket = answer.GetProperty("ticket").GetString();
        ticket.Should().MatchRegex("^[A-Za-z0-9_-]{43}$");

        await using var client = await TestClient.ConnectAsync(new Uri($"{server.WebSocketAddress}?ticket={ticket}"), cancellationToken);
        await client.ReceiveEventAsync("session.opened", cancellationToken);
        server.Get<SessionRegistry>().All.Single().Identity.Principal.Should().Be($"key:{Keys.Digest(Keys.Client)[..16]}");

        using var again = await UpgradeRequest.SendAsync(server, cancellationToken, $"?ticket={ticket}");
        again.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [TestCase(null)]
    [TestCase("wrong")]
    [CancelAfter(20_000)]
    public async Task Issue_WithoutValidKey_Is401(string? key, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        using var response = await IssueAsync(server, key, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Test, CancelAfter(20_000)]
    public async Task Issue_NothingConfigured_Is401(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        using var response = await IssueAsync(server, "anything", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_MadeUpTicket_Is401EvenWithKeyBeside(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        using var response = await UpgradeRequest.SendAsync(
            server, cancellationToken, "?ticket=AAAA", ("Authorization", $"Bearer {Keys.Client}"));

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test]
    public void Redeem_AfterItsTime_IsRefused()
    {
        var time = new FakeTimeProvider();
        var store = new TicketStore(time);
        store.TryIssue(new ClientIdentity("key:a"), out var early).Should().BeTrue();
        store.TryIssue(new ClientIdentity("key:a"), out var late).Should().BeTrue();

        time.Advance(TicketStore.Lifetime - TimeSpan.FromTicks(1));
        store.Redeem(early!).Should().NotBeNull();
        time.Advance(TimeSpan.FromTicks(1));
        store.Redeem(late!).Should().BeNull();
    }

    [Test]
    public void Redeem_AfterTheTokenBehindItExpired_IsRefused()
    {
        var time = new FakeTimeProvider();
        var store = new TicketStore(time);
        store.TryIssue(new ClientIdentity("sub:a", true, time.GetUtcNow().AddSeconds(5)), out var ticket).Should().BeTrue();

        time.Advance(TimeSpan.FromSeconds(5));

        store.Redeem(ticket!).Should().BeNull();
    }

    [Test]
    public void TryIssue_OnePrincipalHoldsTooMany_IsRefusedUntilTheyExpireWithoutHurtingOthers()
    {
        var time = new FakeTimeProvider();
        var store = new TicketStore(time);
        var greedy = new ClientIdentity("key:greedy");
        var issued = 0;
        while (store.TryIssue(greedy, out _))
        {
            issued++;
        }

        issued.Should().Be(1_000);
        store.TryIssue(new ClientIdentity("key:other"), out _).Should().BeTrue();
        time.Advance(TicketStore.Lifetime);
        store.TryIssue(greedy, out _).Should().BeTrue();
    }

    [Test]
    public void Redeem_ManyAtOnce_OnlyOneGetsIt()
    {
        var store = new TicketStore(TimeProvider.System);
        store.TryIssue(new ClientIdentity("key:a"), out var ticket).Should().BeTrue();

        var got = 0;
        Parallel.For(0, 64, _ =>
        {
            if (store.Redeem(ticket!) is not null)
            {
                Interlocked.Increment(ref got);
            }
        });

        got.Should().Be(1);
    }

    private static async Task<HttpResponseMessage> IssueAsync(IngressServer server, string? key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tickets");
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await server.Http.SendAsync(request, cancellationToken);
    }
}
