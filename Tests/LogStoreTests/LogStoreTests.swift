import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct LogStoreTests {
    static func options() -> LogOptions {
        var options = LogOptions()
        options.geometry = .tiny
        options.runsThreads = false
        return options
    }

    @Test(arguments: [false, true])
    func `what was appended and committed is there after reopening`(isEncrypted: Bool) throws {
        let storage = SimulatedStorage()
        let platform = SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10), seed: 1)
        var options = Self.options()
        if isEncrypted {
            options.keyEncryptionKey = try KeyEncryptionKey(
                text: String(repeating: "0123456789abcdef", count: 4))
        }
        do {
            let log = try LogStore.open(
                platform: platform, options: options, index: TestIndex(), time: TestEvents.november)
            var events = TestEvents(time: TestEvents.november + 1_000_000)
            for _ in 0..<100 {
                events.make(40)
                _ = try log.append(events.buffer)
                _ = try log.parts.commit()
                _ = try log.parts.prepare()
                _ = try log.parts.prepare()
                _ = try log.parts.prepare()
                try log.parts.recordWatermark()
                while try log.parts.seal() {}
            }
            #expect(log.durableEnd == 4001)
            #expect(log.parts.catalog.sealedEnd > 3000)
            try log.close()
        }
        let second = SimulatedPlatform(
            disk: SimulatedStorage(disk: storage.crash()),
            clock: SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10), seed: 2)
        let again = try LogStore.open(platform: second, options: options, index: TestIndex())
        #expect(again.report.verdict == .cleanEnd)
        #expect(again.report.recoveredEnd > 4001)
        #expect(again.report.cuts.isEmpty)
        #expect(again.report.repaired.isEmpty)
    }
}
