import LogStore
import Simulation
import TestSupport

/// Opens one damaged disk, reads everything, and lets the log live on.
struct DamageTrial {
    typealias Log = LogStore<SimulatedPlatform, TestIndex>

    var options: LogOptions
    /// For the first event of the next process.
    let time: UInt64
    /// Where evicted months are, for a log that has some.
    var archive: DamageArchive?
    /// What a log that lives on does with the archive.
    var use = ArchiveUse.none

    init(options: LogOptions, time: UInt64) {
        self.options = options
        self.options.createsIfMissing = true
        self.time = time
    }

    /// What came of it.
    enum Observation {
        case opened(Opened)
        /// Refused, and what it changed although it refused.
        case failed(LogStoreError, changes: [String])
    }

    struct Opened {
        var report: OpeningReport
        var read: ReadBack
        /// What was wrong with a proof made from the log; nil if nothing, or if the log has no archive.
        var proof: String?
        /// What went wrong in appending, sealing, closing and opening again; nil if nothing, or if not tried.
        var aftermath: String?
    }

    struct ReadBack: Equatable {
        var unreadable: [Damage] = []
        /// The first event that is missing or not the acknowledged one.
        var wrong: String?
    }

    /// - Parameters:
    ///   - count: how many events must be there.
    ///   - livesOn: also append, seal, close, open again and read again.
    func run(
        _ disk: SimulatedDisk, against transcript: EventTranscript, count: UInt64, livesOn: Bool
    ) -> Observation {
        let storage = SimulatedStorage(disk: disk)
        do throws(LogStoreError) {
            let log = try open(storage, seed: 7)
            let report = log.report
            let read = readBack(log, against: transcript, count)
            var opened = Opened(report: report, read: read)
            opened.proof = prove(log, transcript, read)
            if livesOn {
                do throws(LogStoreError) {
                    opened.aftermath = try liveOn(log, storage, transcript, count, read)
                } catch { opened.aftermath = "\(error)" }
            } else {
                log.abandon()
            }
            return .opened(opened)
        } catch {
            return .failed(error, changes: Self.forbiddenChanges(storage.trace))
        }
    }

    func open(_ storage: SimulatedStorage, seed: UInt64) throws(LogStoreError) -> Log {
        let clock = SimulatedClock(wall: time, monotonic: 0, step: 10)
        return try LogStore.open(
            platform: SimulatedPlatform(disk: storage, clock: clock, seed: seed), options: options,
            index: TestIndex(), time: time)
    }

    /// Who refuses touches nothing but its own count of opens, and the keyring's redundancy. Syncing what was
    /// found changes no byte.
    private static func forbiddenChanges(_ trace: [OperationRecord]) -> [String] {
        trace.filter {
            $0.operation != .sync && $0.operation != .syncDirectory && $0.path != ShardPaths.lock
                && $0.path.name != "superblock" && $0.path.parent != ShardPaths.keys
                && $0.path != ShardPaths.keys
        }.map(\.description)
    }

    // MARK: Reading

    func readBack(
        _ log: Log, against transcript: EventTranscript, _ count: UInt64
    ) -> ReadBack {
        var result = ReadBack()
        let catalog = log.parts.catalog
        var reader = log.makeReader(from: 0, windowBytes: 32 << 10)
        while reader.position < count, result.wrong == nil {
            let start = reader.position
            do throws(LogStoreError) {
                guard try reader.next() else {
                    result.wrong = "the log ends at \(start) of \(count) events"
                    break
                }
                let run = reader.run.prefix(below: count)
                if !transcript.matches(run.bytes, start..<run.endSequence) {
                    result.wrong = "events \(start)..<\(run.endSequence) are not the acknowledged ones"
                }
            } catch .damaged(let damage) {
                result.unreadable.append(damage)
                guard case .segment(let entry, _) = catalog.locate(start) else {
                    result.wrong = "event \(start) is not readable: \(damage)"
                    break
                }
                let step = entry.isLocal ? (start >> 8 + 1) << 8 : .max
                reader.seek(to: min(entry.sequences.upperBound, step))
            } catch {
                guard let end = evictedEnd(error, catalog, start) else {
                    result.wrong = "event \(start): \(error)"
                    break
                }
                reader.seek(to: end)
            }
        }
        return result
    }

    /// Where reading goes on behind an evicted segment; nil if that is not why `start` is not readable.
    private func evictedEnd(_ error: LogStoreError, _ catalog: LogCatalog, _ start: UInt64) -> UInt64? {
        guard case .notReadable = error, let archive, archive.sequences.contains(start),
            case .segment(let entry, _) = catalog.locate(start), !entry.isLocal
        else { return nil }
        return entry.sequences.upperBound
    }

    /// Reads the whole of an undamaged log.
    func transcribe(_ disk: SimulatedDisk, count: UInt64) throws(LogStoreError) -> EventTranscript {
        let storage = SimulatedStorage(disk: disk)
        let log = try open(storage, seed: 7)
        if let archive { try log.restore(archive.month, from: archive.store) }
        var transcript = EventTranscript()
        var reader = log.makeReader(from: 0, windowBytes: 32 << 10)
        while reader.position < count, try reader.next() {
            let run = reader.run.prefix(below: count)
            var cursor = run.makeCursor()
            while let event = cursor.next() { transcript.append(event) }
        }
        log.abandon()
        return transcript
    }

    // MARK: Going on

    private func liveOn(
        _ log: Log, _ storage: SimulatedStorage, _ transcript: EventTranscript, _ count: UInt64,
        _ before: ReadBack
    ) throws(LogStoreError) -> String? {
        let start = log.position.lastTime
        var events = TestEvents(time: start + 1000, payloadBytes: 24)
        for _ in 0..<2 {
            while try log.parts.prepare() != .ready {}
            events.make(20)
            _ = try log.append(events.buffer)
            while try log.parts.commit() {}
        }
        while try log.parts.seal() {}
        while try log.parts.prepare() != .ready {}
        if let fault = try sign(log, storage, mayMeet: before.unreadable) { return fault }
        if let fault = try useArchive(log, storage, transcript, before) { return fault }
        let end = log.durableEnd
        try log.close(time: events.time)
        let again = try open(SimulatedStorage(disk: storage.crash().settled()), seed: 8)
        defer { again.abandon() }
        let report = again.report
        // A bad snapshot is its owner's to write anew.
        let repaired = report.repaired.filter { !$0.file.name.hasSuffix(".snap") }
        guard report.verdict == .cleanEnd, repaired.isEmpty, report.keyringFallback == nil else {
            return "opened again: \(report)"
        }
        guard report.recoveredEnd > end else {
            return "\(report.recoveredEnd) of \(end) events later"
        }
        return readBack(again, against: transcript, count).wrong
    }

    // MARK: Without a writer

    /// Reads a refused log as far as it goes: what it serves must be right. The first event that is not, if
    /// any.
    func readOnly(_ disk: SimulatedDisk, against transcript: EventTranscript) -> String? {
        let platform = SimulatedPlatform(disk: SimulatedStorage(disk: disk), seed: 10)
        let keys = options.keyEncryptionKey.map { ReadingKeys.keyEncryptionKey($0) }
        do throws(LogStoreError) {
            let log = try ReadOnlyLog(platform: platform, keys: keys ?? .none, geometry: options.geometry)
            var reader = log.makeReader(from: archive?.sequences.upperBound ?? 0, windowBytes: 32 << 10)
            while reader.position < transcript.count {
                let start = reader.position
                guard try reader.next() else { break }
                let run = reader.run.prefix(below: transcript.count)
                if !transcript.matches(run.bytes, start..<run.endSequence) {
                    return "read-only, events \(start)..<\(run.endSequence) are not the acknowledged ones"
                }
            }
        } catch {
            // To stop at damage is right.
        }
        return platform.disk.operationCount == 0 || options.keyEncryptionKey != nil
            ? nil : "reading only wrote"
    }

    // MARK: Dry run

    /// What the examination says without a lock and without changing a byte; nil if it cannot start without
    /// keys.
    func examine(_ disk: SimulatedDisk) -> (error: LogStoreError?, changes: Int)? {
        let storage = SimulatedStorage(disk: disk)
        let platform = SimulatedPlatform(disk: storage, seed: 9)
        do throws(LogStoreError) {
            guard let encryption = try encryption(platform) else { return nil }
            var examination = ExaminationOptions()
            examination.geometry = options.geometry
            examination.encryption = encryption
            var examiner = LogExaminer(platform: platform, options: examination)
            _ = try examiner.examine()
            return (nil, storage.operationCount)
        } catch {
            return (error, storage.operationCount)
        }
    }

    private func encryption(_ platform: SimulatedPlatform) throws(LogStoreError) -> LogEncryption? {
        guard let key = options.keyEncryptionKey else { return .off }
        let path = ShardPaths(shard: options.shard).superblock
        let superblock = try SuperblockStore.read(path, on: platform.disk).superblock
        return try LogKeys.load(
            platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration, key: key,
            forWriting: false
        ).encryption
    }
}
