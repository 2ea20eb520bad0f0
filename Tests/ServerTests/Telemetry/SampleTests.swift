import Server
import Testing

/// What is made of samples: what keeps a server from taking work, and what to write a line about.
@Suite struct SampleTests {
    private func sample(end: UInt64 = 5, durable: UInt64 = 5) -> ServerSample {
        var sample = ServerSample()
        (sample.logEnd, sample.durableEnd) = (end, durable)
        return sample
    }

    @Test func `a log that does not get durable hinders after five samples, and no more once it moves`() {
        var hindrances = Hindrances()
        for _ in 0...Hindrances.stuckMax - 1 {
            #expect(hindrances.look(at: sample(end: 9, durable: 5)).isEmpty)
        }
        #expect(
            hindrances.look(at: sample(end: 9, durable: 5))
                == ["nothing has become durable for 5 s; 4 events wait"])
        #expect(hindrances.look(at: sample(end: 9, durable: 6)).isEmpty)
    }

    @Test func `a full backlog, no next file and the end hinder`() {
        var hindrances = Hindrances()
        var sample = sample()
        sample.unsealedBytes = .init(used: 8, limit: 8)
        sample.alarms = [(.preparing, "no room"), (.sealing, "damaged")]
        sample.isDraining = true
        #expect(
            hindrances.look(at: sample) == [
                "8 bytes wait to be sealed: appends are refused", "no next write-ahead file: no room",
                "stopping",
            ])
    }

    @Test func `an alarm is told when it comes and when it goes, not in between`() {
        var changes = SampleChanges()
        var failing = sample()
        failing.alarms = [(.sealing, "disk")]
        #expect(changes.look(at: failing, hindrances: []) == [.workFailed(.sealing, "disk")])
        #expect(changes.look(at: failing, hindrances: []).isEmpty)
        #expect(changes.look(at: sample(), hindrances: []) == [.workRecovered(.sealing)])
    }

    @Test func `readiness is told when it changes`() {
        var changes = SampleChanges()
        #expect(changes.look(at: sample(), hindrances: []).isEmpty)
        #expect(changes.look(at: sample(), hindrances: ["a", "b"]) == [.notReady(["a", "b"])])
        #expect(changes.look(at: sample(), hindrances: ["c"]).isEmpty)
        #expect(changes.look(at: sample(), hindrances: []) == [.ready])
    }
}
