using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ingress.Tests.RunPod;

public sealed class RunPodOptionsTests
{
    [TestCase("MaxWorkers", "0", "RunPod:MaxWorkers is '0': must be between 1 and 1000")]
    [TestCase("ConcurrencyPerWorker", "1001", "RunPod:ConcurrencyPerWorker is '1001': must be between 1 and 1000")]
    [TestCase("ScalerRequestCount", "-1", "RunPod:ScalerRequestCount is '-1': must be between 1 and 1000")]
    [TestCase("PollInterval", "00:00:00", "RunPod:PollInterval is '00:00:00': must be between 00:00:00.0500000 and 00:01:00")]
    [TestCase("ExecutionTimeout", "00:00:04", "RunPod:ExecutionTimeout is '00:00:04': must be between 00:00:05 and 7.00:00:00")]
    [TestCase("JobTtl", "8.00:00:00", "RunPod:JobTtl is '8.00:00:00': must be between 00:00:10 and 7.00:00:00")]
    [TestCase("StartTimeout", "00:00:09", "RunPod:StartTimeout is '00:00:09': must be between 00:00:10 and 7.00:00:00")]
    [TestCase("BaseUrl", "api.runpod.ai", "RunPod:BaseUrl is 'api.runpod.ai': must be an absolute http or https URL without query and fragment")]
    [TestCase("BaseUrl", "ftp://x/v2", "RunPod:BaseUrl is 'ftp://x/v2': must be an absolute http or https URL without query and fragment")]
    [TestCase("EndpointId", "a/b", "RunPod:EndpointId is 'a/b': must hold only letters, digits, '-' and '_'")]
    [TestCase("Limits:CancelRequests", "0", "RunPod:Limits:CancelRequests is '0': must be between 1 and 1000000")]
    [TestCase("Endpoints:fast:MaxWorkers", "0", "RunPod:Endpoints:fast:MaxWorkers is '0': must be between 1 and 1000")]
    [TestCase("Endpoints:default:MaxWorkers", "1", "RunPod:Endpoints:default: the name 'default' stands for the endpoint of the section itself; choose another")]
    public void Validation_BadValue_NamesKeyValueAndRule(string key, string value, string message)
    {
        using var host = Build(("EndpointId", "ep1"), ("ApiKey", "key"), (key, value));

        host.Invoking(static h => h.Services.GetRequiredService<IOptions<RunPodOptions>>().Value)
            .Should().Throw<OptionsValidationException>().Which.Failures.Should().Equal(message);
    }

    [TestCase("ApiKey", "a b\n")]
    [TestCase("BaseUrl", "https://user:hunter2@api.runpod.ai/v2")]
    public void Validation_BadSecret_IsNotShown(string key, string value)
    {
        using var host = Build(("EndpointId", "ep1"), ("ApiKey", "key"), (key, value));

        var failure = host.Invoking(static h => h.Services.GetRequiredService<IOptions<RunPodOptions>>().Value)
            .Should().Throw<OptionsValidationException>().Which.Failures.Single();

        failure.Should().Contain(key).And.NotContain(value).And.NotContain("hunter2");
    }

    [Test]
    public void Endpoints_LeaveThingsOut_InheritThem()
    {
        using var host = Build(
            ("EndpointId", "ep1"), ("ApiKey", "key"), ("BaseUrl", "http://localhost:1/v2/"), ("MaxWorkers", "7"), ("JobTtl", "00:05:00"),
            ("Endpoints:fast:EndpointId", "ep2"), ("Endpoints:fast:MaxWorkers", "1"), ("Endpoints:fast:ApiKey", "other"));

        var settings = EndpointSettings.From(host.Services.GetRequiredService<IOptions<RunPodOptions>>().Value);

        settings.Select(static s => s.Name).Should().Equal("default", "fast");
        settings[0].Address.Should().Be(new Uri("http://localhost:1/v2/ep1"));
        settings[1].Should().BeEquivalentTo(new
        {
            Address = new Uri("http://localhost:1/v2/ep2"),
            ApiKey = "other",
            MaxWorkers = 1,
            JobTtl = TimeSpan.FromMinutes(5),
            ConcurrencyPerWorker = 1,
        });
    }

    [Test]
    public void GetMissingKeys_NothingSet_NamesWhatToSet()
    {
        using var host = Build(("Endpoints:fast:MaxWorkers", "2"), ("ApiKey", " "));

        host.Services.GetRequiredService<IOptions<RunPodOptions>>().Value.GetMissingKeys()
            .Should().Equal("RunPod:EndpointId", "RunPod:ApiKey", "RunPod:Endpoints:fast:EndpointId");
    }

    [Test]
    public void AddRunPod_Twice_RegistersOneBackendPerEndpointTheDefaultFirst()
    {
        using var host = Build(("EndpointId", "ep1"), ("ApiKey", "key"), ("Endpoints:a:EndpointId", "ep2"));

        var backends = host.Services.GetRequiredService<IReadOnlyList<IJobBackend>>();

        backends.Select(static b => b.Name).Should().Equal("default", "a");
        host.Services.GetRequiredService<IReadOnlyList<ISlotAudit>>().Should().BeEquivalentTo(backends.Cast<ISlotAudit>(), static o => o.ComparingByValue<ISlotAudit>().WithStrictOrdering());
        host.Services.GetServices<IHostedService>().First().GetType().Name.Should().Be("RunPodService", "what starts first stops last");
    }

    [Test]
    public void AddRunPod_KeysMissing_SaysWhichWhenTheBackendsAreAskedFor()
    {
        using var host = Build();

        host.Invoking(static h => h.Services.GetRequiredService<IReadOnlyList<IJobBackend>>())
            .Should().Throw<InvalidOperationException>().WithMessage("*RunPod:EndpointId, RunPod:ApiKey*");
    }

    private static IHost Build(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        foreach (var (key, value) in settings)
        {
            builder.Configuration[$"RunPod:{key}"] = value;
        }

        builder.Services.AddLogging();
        return ((HostApplicationBuilder)builder.AddRunPod().AddRunPod()).Build();
    }
}
