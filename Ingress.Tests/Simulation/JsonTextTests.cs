using System.Text;
using System.Text.Json;
using CsCheck;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class JsonTextTests
{
    [TestCase("one two three", "one |two |three")]
    [TestCase("a  b\\n\\nc ", "a  |b\\n\\n|c ")]
    [TestCase("", "")]
    [TestCase("word", "word")]
    [TestCase("tab\\u0020x y", "tab\\u0020x |y")]
    [TestCase("back\\\\ n", "back\\\\ |n")]
    public void Words_Text_AreCutBehindWhiteSpace(string text, string words) =>
        string.Join('|', JsonText.Words(Encoding.UTF8.GetBytes($"\"{text}\"")).Select(word => Encoding.UTF8.GetString(word)[1..^1])).Should().Be(words);

    [Test]
    public void Words_AnyString_JoinToTheSameText() => Gen.String.Sample(text =>
    {
        var literal = JsonSerializer.SerializeToUtf8Bytes(text, SimulatorJsonContext.Default.String);
        return string.Concat(JsonText.Words(literal).Select(Read)) == Read(literal);
    });

    [Test]
    public void Split_AnyStringAndLimit_JoinsToTheSameTextWithinTheLimit() => Gen.Select(Gen.String, Gen.Int[14, 40]).Sample((text, limit) =>
    {
        var literal = JsonSerializer.SerializeToUtf8Bytes(text, SimulatorJsonContext.Default.String);
        var parts = JsonText.Split(literal, limit);
        return parts.All(part => part.Length <= limit) && string.Concat(parts.Select(Read)) == Read(literal);
    });

    [Test]
    public void Split_ObjectOverTheLimit_StaysWhole()
    {
        var raw = Encoding.UTF8.GetBytes("""{"a":"0123456789"}""");

        JsonText.Split(raw, 14).Should().ContainSingle().Which.Should().BeSameAs(raw);
    }

    private static string Read(byte[] literal) => JsonSerializer.Deserialize(literal, SimulatorJsonContext.Default.String)!;
}
