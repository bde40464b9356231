using Ingress.Pipeline.Sessions;

namespace Ingress.Tests.Pipeline;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EventLogTests
{
    // A struct that changes: read-only, each call would be made on a copy.
    private EventLog _log = new(keepSent: true);

    [Test]
    public void TryTake_InOrder_ThenNothing()
    {
        Add(3);
        Take(5).Should().Equal(1, 2, 3);
        _log.HasUnsent.Should().BeFalse();
    }

    [TestCase(0, 5)]
    [TestCase(2, 3)]
    [TestCase(5, 0)]
    public void Rewind_WithinWhatIsKept_TheRestFollowsAgainBeforeTheNew(long lastSeq, int again)
    {
        Add(7);
        Take(5);

        _log.Rewind(lastSeq).Should().Be(again);
        Take(9).Should().Equal(Enumerable.Range((int)lastSeq + 1, 7 - (int)lastSeq).Select(static i => (long)i));
    }

    [TestCase(-1)]
    [TestCase(6)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(long.MaxValue)]
    public void Rewind_BeyondWhatWasSent_Refused(long lastSeq)
    {
        Add(7);
        Take(5);

        _log.Rewind(lastSeq).Should().Be(-1);
        Take(9).Should().Equal(6, 7);
    }

    [Test]
    public void Rewind_ForwardOverWhatWasRewoundAndNotSentAgain_NothingIsDoubled()
    {
        // The answer to the first resume was lost; the client has meanwhile read what was still on its way to it.
        Add(6);
        Take(5);
        _log.Rewind(2).Should().Be(3);

        _log.Rewind(4).Should().Be(1);
        Take(9).Should().Equal(5, 6);
    }

    [Test]
    public void Rewind_NoLongerKept_Refused()
    {
        Add(10);
        Take(8);
        _log.TrimToSize(30);
        _log.FirstKept.Should().Be(6);

        _log.Rewind(4).Should().Be(-1);
        _log.Rewind(5).Should().Be(3);
    }

    [Test]
    public void TrimOlderThan_GoesByWhenItWasSent()
    {
        // An event that waited long for its connection is as new to the client as any other.
        Add(4);
        Take(2, at: 100);
        Take(2, at: 200);
        _log.TrimOlderThan(150);
        _log.FirstKept.Should().Be(3);
        _log.Rewind(2).Should().Be(2);
        Take(1, at: 300);
        _log.TrimOlderThan(250);
        _log.FirstKept.Should().Be(3);
    }

    [Test]
    public void UnsentBytes_WhatIsSentAgain_IsNotCountedAsNew()
    {
        // A client that resumes must not count as slow for what it has already been sent once.
        Add(10);
        (_log.UnsentBytes, _log.KeptBytes).Should().Be((100, 0));
        Take(8);
        (_log.UnsentBytes, _log.KeptBytes).Should().Be((20, 80));
        _log.Rewind(0);
        (_log.UnsentBytes, _log.KeptBytes).Should().Be((20, 80));
        Take(10);
        (_log.UnsentBytes, _log.KeptBytes).Should().Be((0, 100));
    }

    [Test]
    public void StopKeeping_OnlyWhatIsToBeSentStays()
    {
        Add(5);
        Take(3);
        _log.StopKeeping();
        (_log.UnsentBytes, _log.KeptBytes).Should().Be((20, 0));
        Take(5).Should().Equal(4, 5);
        (_log.UnsentBytes, _log.KeptBytes).Should().Be((0, 0));
    }

    [Test]
    public void Clear_NothingStays()
    {
        Add(5);
        Take(3);
        _log.Clear();
        (_log.UnsentBytes, _log.KeptBytes, _log.HasUnsent).Should().Be((0, 0, false));
        _log.Rewind(3).Should().Be(-1);
    }

    [Test]
    public void RandomSteps_AgreeWithAList()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var log = new EventLog(keepSent: true);
            long made = 0, next = 1, sent = 0;
            for (var step = 0; step < 200; step++)
            {
                switch (random.Next(5))
                {
                    case 0 or 1:
                        log.Append(new OutboundFrame(new byte[10], log.NextSeq()));
                        made++;
                        break;
                    case 2 or 3:
                        log.TryTake(step, out var frame).Should().Be(next <= made);
                        if (next <= made)
                        {
                            frame.Seq.Should().Be(next++);
                            sent = Math.Max(sent, frame.Seq);
                        }

                        log.TrimToSize(100);
                        break;
                    default:
                        var last = random.NextInt64(-1, made + 2);
                        var kept = last >= log.FirstKept - 1 && last <= sent;
                        log.Rewind(last).Should().Be(kept ? (int)(sent - last) : -1);
                        next = kept ? last + 1 : next;
                        break;
                }

                log.UnsentBytes.Should().Be(10 * (made - sent));
                log.KeptBytes.Should().Be(10 * (sent - log.FirstKept + 1));
            }
        }
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _log.Append(new OutboundFrame(new byte[10], _log.NextSeq()));
        }
    }

    private List<long> Take(int most, long at = 1)
    {
        var taken = new List<long>();
        while (taken.Count < most && _log.TryTake(at, out var frame))
        {
            taken.Add(frame.Seq);
        }

        return taken;
    }
}
