using Ingress.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class PollingThreadsTests
{
    [Test, CancelAfter(20_000)]
    public async Task UsePool_RequestOnAnotherThread_IsServedByThePool(CancellationToken cancellationToken)
    {
        await using var web = WebApplication.CreateSlimBuilder().Build();
        var servedByThePool = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        web.UsePool();
        web.Run(_ =>
        {
            servedByThePool.SetResult(Thread.CurrentThread.IsThreadPoolThread);
            return Task.CompletedTask;
        });
        var serve = ((IApplicationBuilder)web).Build();

        var polling = new Thread(() => _ = serve(new DefaultHttpContext()));
        polling.Start();

        (await servedByThePool.Task.WaitAsync(cancellationToken)).Should().BeTrue();
        polling.Join();
    }
}
