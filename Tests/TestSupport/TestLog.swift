package import LogStore
package import Simulation

/// A log on a simulated machine, driven step by step by the test.
package final class TestLog: Sendable {
    package let storage: SimulatedStorage
    package let platform: SimulatedPlatform
    package let log: LogStore<SimulatedPlatform, TestIndex>

    package static let keyText = String(repeating: "0123456789abcdef", count: 4)

    package static func options(isEncrypted: Bool, geometry: LogGeometry = .tiny) throws -> LogOptions {
        var options = LogOptions()
        options.geometry = geometry
        options.runsThreads = false
        if isEncrypted { options.keyEncryptionKey = try KeyEncryptionKey(text: keyText) }
        return options
    }

    /// Opens the log on `disk`, creating it if there is none.
    package init(
        on disk: SimulatedDisk = SimulatedDisk(), isEncrypted: Bool = false,
        geometry: LogGeometry = .tiny, time: UInt64 = TestEvents.november, seed: UInt64 = 1
    ) throws {
        storage = SimulatedStorage(disk: disk)
        platform = SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: time, monotonic: 0, step: 10), seed: seed)
        log = try LogStore.open(
            platform: platform, options: try Self.options(isEncrypted: isEncrypted, geometry: geometry),
            index: TestIndex(), time: time)
    }

    /// Appends `groups` of `count` events, committing and preparing files as needed.
    package func append(groups: Int, of count: Int, payloadBytes: Int = 32, time: UInt64? = nil) throws {
        var events = TestEvents(time: time ?? log.position.lastTime + 1, payloadBytes: payloadBytes)
        for _ in 0..<groups {
            events.time = max(events.time, log.position.lastTime + 1)
            events.make(count)
            while try !appendOnce(events.buffer) {
                _ = try log.parts.commit()
                _ = try log.parts.prepare()
                _ = try log.parts.seal()
            }
            _ = try log.parts.commit()
            while try log.parts.prepare() != .ready {}
        }
    }

    /// False if the log was busy.
    private func appendOnce(_ group: borrowing EventBuffer) throws(LogStoreError) -> Bool {
        do throws(LogStoreError) {
            _ = try log.append(group)
            return true
        } catch {
            guard case .busy = error else { throw error }
            return false
        }
    }

    /// Appends LogStore's own acts and commits them.
    package func settle() throws {
        try log.appendOwnActs(time: log.position.lastTime + 1)
        while try log.parts.commit() {}
    }

    package func sealAll() throws { while try log.parts.seal() {} }

    /// Every event from `sequence` on, read through the public reader.
    package func readAll(from sequence: UInt64 = 0) throws -> [[UInt8]] {
        var reader = log.makeReader(from: sequence)
        return try Self.readAll(&reader)
    }

    /// Every event `reader` still has.
    package static func readAll<Disk: Storage>(
        _ reader: inout LogReader<Disk>
    ) throws(LogStoreError) -> [[UInt8]] {
        var events: [[UInt8]] = []
        while try reader.next() { collect(reader.run, into: &events) }
        return events
    }

    private static func collect(_ run: EventRun, into events: inout [[UInt8]]) {
        var cursor = run.makeCursor()
        while let event = cursor.next() { events.append(event.bytes.array()) }
    }
}
