using System.Text;
using Ingress.RunPod.Client;
using Ingress.RunPod.Jobs;

namespace Ingress.Tests.RunPod;

public sealed class JobAnswerReaderTests
{
    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("\"text\"")]
    [TestCase("<html></html>")]
    [TestCase("{\"status\":\"COMPLETED\"")]
    [TestCase("{\"status\":\"COMPLETED\"} trailing")]
    [TestCase("{\"status\":\"COMPLETED\",\"stream\":[{\"output\":\"a")]
    public void Read_NoCompleteObject_GivesNull(string body) => Read(body).Should().BeNull();

    [Test]
    public void Read_NoUtf8_GivesNull() =>
        JobAnswerReader.Read(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }).Should().BeNull();

    [Test]
    public void Read_WrongTypesEverywhere_AreMissingValues()
    {
        var answer = Read("""{"id":1,"status":{},"delayTime":"x","executionTime":1.9,"workerId":[],"retries":-3,"output":null,"error":{"message":"m"},"stream":"no"}""")!;

        answer.Should().BeEquivalentTo(new JobAnswer { ExecutionMs = 1, Error = """{"message":"m"}""" });
    }

    [Test]
    public void Read_DeepOutput_IsSlicedAsItCame()
    {
        var deep = new string('[', 5_000) + new string(']', 5_000);

        var answer = Read($$"""{"output" : {{deep}} ,"status":"COMPLETED"}""")!;

        Encoding.UTF8.GetString(answer.Output!.Value.Span).Should().Be(deep);
        answer.HasEnded.Should().BeTrue();
    }

    [TestCase("IN_QUEUE", "Queued")]
    [TestCase("IN_PROGRESS", "Running")]
    [TestCase("RUNNING", "Running")]
    [TestCase("CANCELED", "Unknown")]
    public void Read_Status_IsKnownOrUnknown(string wire, string status) =>
        Read($$"""{"status":"{{wire}}"}""")!.Status.ToString().Should().Be(status);

    [TestCase("""{"a":"é","b":[1,2]}""", """ { "a" : "\u00e9" , "b":[ 1,2 ] } """, true)]
    [TestCase("""["ab"]""", """["a","b"]""", false)]
    [TestCase("1", "1.0", false)]
    [TestCase("\"\\ud800\"", "\"\\ud800\"", true, Description = "half a character")]
    public void Fingerprint_SameJsonDifferentlyWritten_IsTheSame(string one, string other, bool same) =>
        (JsonFingerprint.Of(Encoding.UTF8.GetBytes(one)) == JsonFingerprint.Of(Encoding.UTF8.GetBytes(other))).Should().Be(same);

    [TestCase(null, null)]
    [TestCase("  ", null)]
    [TestCase("out of memory", "out of memory")]
    [TestCase("{\"error_message\":\"bad\",\"hostname\":\"h\"}", "bad")]
    [TestCase("{\"error\":{\"message\":\"too long\",\"code\":400}}", "too long")]
    [TestCase("{\"hostname\":\"h\"}", "The job failed.")]
    [TestCase("{not json", "{not json")]
    [TestCase("Traceback (most recent call last):\n  File \"/app/h.py\", line 1\nValueError: no", "ValueError: no")]
    [TestCase("it broke\nTraceback (most recent call last):\n  File \"/app/h.py\"", "it broke")]
    public void ErrorText_For_GivesTheMessageWithoutInnards(string? error, string? text) => ErrorText.For(error).Should().Be(text);

    [Test]
    public void ErrorText_VeryLong_IsCut() => ErrorText.For(new string('x', 100_000))!.Length.Should().BeLessThan(2_100);

    private static JobAnswer? Read(string body) => JobAnswerReader.Read(Encoding.UTF8.GetBytes(body));
}
