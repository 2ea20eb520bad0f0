import LogStore
import Simulation

/// A second process that reads while the first one writes: it sees what is written, synced or not, and must
/// believe only what no crash can take away.
enum CrashReader {
    /// What is wrong with what a reader opened on the fork's disk sees.
    ///
    /// - Parameter limit: the count of events every crash image is checked to hold.
    static func faults(
        beside fork: CrashFork, _ timeline: CrashTimeline, notBeyond limit: UInt64
    ) -> [String] {
        do throws(LogStoreError) {
            guard let log = try open(fork) else { return [] }
            // Where an operator decides, damage is no secret.
            let damages = log.damages.filter { fork.decision == nil || $0.offset != fork.decision?.offset }
            var faults = damages.map { "damage: \($0)" }
            if log.readableEnd > limit {
                faults.append("believes \(log.readableEnd) events, \(limit) are durable")
            }
            // What was evicted only its archive can give.
            let evicted = log.source.catalog.manifests.flatMap(\.entries).last { !$0.isLocal }
            var next = evicted?.sequences.upperBound ?? 0
            var reader = log.makeReader(from: next, windowBytes: 64 << 10)
            while try reader.next() {
                var cursor = reader.run.makeCursor()
                while let event = cursor.next() {
                    if event.sequence != next || next >= timeline.count
                        || event.bytes.array() != timeline.events[Int(next)]
                    {
                        return faults + ["event \(next) is not the one written"]
                    }
                    next += 1
                }
            }
            if next < log.readableEnd { faults.append("\(next) of \(log.readableEnd) events are readable") }
            return faults
        } catch {
            return ["\(error)"]
        }
    }

    /// nil while the log is still being made.
    private static func open(_ fork: CrashFork) throws(LogStoreError) -> ReadOnlyLog<SimulatedPlatform>? {
        guard fork.disk.bytes(of: ShardPaths(shard: 0).superblock) != nil else { return nil }
        let storage = SimulatedStorage(disk: fork.disk, options: .init(keepsTrace: false))
        var refusal: LogStoreError?
        for key in fork.keys {
            do throws(LogStoreError) {
                return try ReadOnlyLog(
                    platform: CrashProcess.platform(storage, wall: 0, seed: 1),
                    keys: key.map { .keyEncryptionKey($0) } ?? .none, geometry: .tiny)
            } catch .wrongKey(let what) {
                refusal = .wrongKey(what)
            }
        }
        throw refusal ?? .invalidRequest("no key to try")
    }
}
