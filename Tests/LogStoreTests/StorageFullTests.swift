import LogStore
import Simulation
import TestSupport
import Testing

/// A device without room: said before it hurts, nothing lost, and work goes on once there is room again.
@Suite struct StorageFullTests {
    private func options() -> LogOptions {
        var options = LogStoreTests.options()
        // Files stay: nothing seals here, so every file takes new room.
        options.geometry.sealBacklogBytesMax = 64 << 20
        return options
    }

    private func platform(_ storage: SimulatedStorage, life: UInt64) -> SimulatedPlatform {
        let clock = SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10)
        return SimulatedPlatform(disk: storage, clock: clock, seed: life)
    }

    @Test func `appends are refused before the reserve is touched, and taken again with room`() throws {
        let capacity: UInt64 = 512 << 10
        let storage = SimulatedStorage(disk: SimulatedDisk(capacity: capacity))
        let log = try LogStore.open(
            platform: platform(storage, life: 1), options: options(), index: TestIndex(),
            time: TestEvents.november)
        var events = TestEvents(time: log.position.lastTime + 1)
        events.make(40)

        func appendUntilRefused() throws -> LogStoreError? {
            for _ in 0..<400 {
                do throws(LogStoreError) {
                    _ = try log.append(events.buffer)
                    while try log.parts.commit() {}
                    events.make(40)
                } catch { return error }
                do throws(LogStoreError) { while try log.parts.prepare() != .ready {} } catch {}
            }
            return nil
        }

        let reserve = options().geometry.reserveBytes
        for _ in 0..<3 {
            guard case .storageFull(let free, let needed) = try appendUntilRefused() else {
                Issue.record("the log took more than the device holds")
                return
            }
            #expect(free < needed)
            #expect(storage.disk.freeBytes >= reserve, "room to seal, to keep keys and to recover")
            // Refused means: not in the log. What was taken is durable.
            #expect(log.durableEnd == log.position.nextSequence)
            storage.tamper { disk in disk.capacity = disk.capacity.map { $0 + 256 << 10 } }
            while try log.parts.prepare() != .ready {}
        }
        try log.close()

        let durable = log.durableEnd
        let again = try LogStore.open(
            platform: platform(SimulatedStorage(disk: storage.crash()), life: 2), options: options(),
            index: TestIndex(), time: TestEvents.november)
        #expect(again.report.verdict == .cleanEnd)
        #expect(again.report.recoveredEnd == durable)
    }

    /// What is left is the reserve, and it holds one file: enough to recover and to say so. It was kept even
    /// from that, and the log could not be opened again until the operator made room.
    @Test func `a full log opens again without more room`() throws {
        let storage = SimulatedStorage(disk: SimulatedDisk(capacity: 512 << 10))
        let log = try LogStore.open(
            platform: platform(storage, life: 1), options: options(), index: TestIndex(),
            time: TestEvents.november)
        var events = TestEvents(time: log.position.lastTime + 1)
        var refusal: LogStoreError?
        while refusal == nil {
            events.make(40)
            do throws(LogStoreError) {
                _ = try log.append(events.buffer)
                while try log.parts.commit() {}
            } catch { refusal = error }
            do throws(LogStoreError) { while try log.parts.prepare() != .ready {} } catch {}
        }
        guard case .storageFull = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        let durable = log.durableEnd
        log.abandon()

        let disk = storage.crash().settled()
        #expect(disk.freeBytes < options().geometry.reserveBytes + UInt64(options().geometry.walBytes))
        let again = try LogStore.open(
            platform: platform(SimulatedStorage(disk: disk), life: 2), options: options(),
            index: TestIndex(), time: TestEvents.november)
        #expect(again.report.recoveredEnd == durable)
        // Ahead of need the reserve stays what it is.
        guard case .storageFull? = failure({ () throws(LogStoreError) in _ = try again.parts.prepare() })
        else {
            Issue.record("prepared out of the reserve")
            return
        }
        again.abandon()
    }

    private func failure(_ body: () throws(LogStoreError) -> Void) -> LogStoreError? {
        do throws(LogStoreError) { try body() } catch { return error }
        return nil
    }
}
