import LogStore
import Simulation
import TestSupport

/// Recovers one disk after a crash, and says what is wrong with what comes out.
///
/// The promises: what was acknowledged or claimed durable is there (P1, P3); the log is a prefix of what was
/// written, then the new epoch's start (P2); a crash alone is never called damage (P4); frames are all or
/// nothing (P5). And the log goes on: it appends, seals, closes, and opens again as a clean end.
struct CrashCheck {
    /// What the disk must hold.
    struct Expectation {
        var timeline: CrashTimeline
        /// So many events must be recovered.
        var required: UInt64
        /// Why so many.
        var reason: String
        var keys: [KeyEncryptionKey?]
        /// Where evicted months are; nil if on the disk itself.
        var archive: SimulatedDisk?
        /// The one decision an operator takes if it is asked for.
        var decision: LogOptions.AcceptedCut?
        /// What full tiles hold.
        var tiles: [StoragePath: [UInt8]] = [:]

        /// The same content, but no more required than `earlier` does: the recovery from a kill is cut before
        /// anything it saw was served.
        func before(_ earlier: Expectation) -> Expectation {
            var weaker = self
            (weaker.required, weaker.reason) = (earlier.required, earlier.reason)
            weaker.keys = earlier.keys
            return weaker
        }
    }

    /// What recovery made of it.
    struct Outcome {
        var faults: [String] = []
        var verdict = Verdict.cleanEnd
        /// Whether an operator had to decide.
        var isDecided = false
        /// The disk after the first recovery and what a crash during it must leave; nil if it failed.
        var after: Expectation?
    }

    private var faults: [String] = []
    /// Whether an operator had to decide.
    private var isDecided = false

    /// - Parameters:
    ///   - goesOn: also appends, closes and opens again.
    ///   - hook: sees every operation of the recovery.
    static func recover(
        _ disk: SimulatedDisk, _ expected: Expectation, number: Int, goesOn: Bool,
        hook: SimulatedStorage.Hook? = nil
    ) -> Outcome {
        var check = CrashCheck()
        var outcome = Outcome()
        do throws(LogStoreError) {
            let (process, key) = try check.open(disk, expected, number: number, hook)
            outcome.isDecided = check.isDecided
            process.storage.onOperation(nil)
            outcome.verdict = process.log.report.verdict
            try process.restoreEvicted(from: expected.archive)
            check.judge(process, expected)
            var after = expected
            after.timeline = process.timeline
            after.required = process.log.report.recoveredEnd
            after.reason = "recovered before"
            after.keys = [key]
            outcome.after = after
            if disk.hasPendingChanges && check.faults.isEmpty { check.loseWhatIsOpen(process, after) }
            if goesOn && check.faults.isEmpty { try check.goOn(process, key, expected.tiles) }
        } catch {
            check.faults.append("\(error)")
        }
        outcome.faults = check.faults
        return outcome
    }

    // MARK: The first recovery

    private mutating func open(
        _ disk: SimulatedDisk, _ expected: Expectation, number: Int, _ hook: SimulatedStorage.Hook?
    ) throws(LogStoreError) -> (CrashProcess, KeyEncryptionKey?) {
        // Every other recovery happens in another month than the events before it.
        let wall = number % 2 == 0 ? TestEvents.november : CrashScript.december + 86_400_000_000_000
        var refusal: LogStoreError?
        for key in expected.keys {
            do throws(LogStoreError) {
                return (try open(disk, expected, key, wall: wall, number: number, hook), key)
            } catch .wrongKey(let what) {
                refusal = .wrongKey(what)
            }
        }
        throw refusal ?? .invalidRequest("no key to try")
    }

    /// Opens it; if that is refused at the very place an operator has judged, once more with his decision.
    private mutating func open(
        _ disk: SimulatedDisk, _ expected: Expectation, _ key: KeyEncryptionKey?, wall: UInt64, number: Int,
        _ hook: SimulatedStorage.Hook?
    ) throws(LogStoreError) -> CrashProcess {
        func process(_ decision: LogOptions.AcceptedCut?) throws(LogStoreError) -> CrashProcess {
            let storage = SimulatedStorage(disk: disk, options: .init(keepsTrace: false), onOperation: hook)
            return try CrashProcess(
                storage, key: key, after: expected.timeline, decision: decision, wall: wall,
                seed: 1_000_000 + UInt64(number))
        }
        do throws(LogStoreError) { return try process(nil) } catch {
            guard let decision = expected.decision, case .refused(let refusal) = error,
                refusal.verdict == .ambiguous, refusal.damages.last?.offset == decision.offset
            else { throw error }
            isDecided = true
            return try process(decision)
        }
    }

    private mutating func judge(_ process: CrashProcess, _ expected: Expectation) {
        let report = process.log.report
        let count = report.recoveredEnd
        if report.verdict != .cleanEnd && report.verdict != .tornTail {
            faults.append("verdict \(report.verdict)")
        }
        if count < expected.required {
            faults.append("\(count) events recovered, \(expected.required) were durable (\(expected.reason))")
        }
        if !expected.timeline.frameEnds.contains(count) {
            faults.append("\(count) events recovered: a part of a frame")
        }
        if report.keyringFallback != nil { faults.append("keyring: \(report.keyringFallback ?? "")") }
        checkContent(process, expected.timeline, count)
        checkEpochStart(process, expected.timeline, count)
        checkFiles(process)
        checkTiles(process, expected.tiles)
    }

    /// What is published under a tile's name is that tile, and whoever is shown a checkpoint finds its full
    /// tiles.
    private mutating func checkTiles(_ process: CrashProcess, _ tiles: [StoragePath: [UInt8]]) {
        let (disk, paths) = (process.storage.disk, process.log.parts.paths)
        let published = paths.tiles.description + "/"
        for path in disk.paths
        where path.description.hasPrefix(published) && !path.name.hasSuffix(".tmp")
            && disk.bytes(of: path) != tiles[path]
        {
            faults.append("\(path) is not the tile of that name")
        }
        let size = disk.bytes(of: paths.checkpoint).map { DurabilityClaims.checkpoint($0) } ?? 0
        for path in tiles.keys where size >= 65_536 && disk.bytes(of: path) == nil {
            faults.append("\(path) is missing, \(size) events are signed")
        }
    }

    /// The first `count` events are the ones written, in order and bit for bit; the tree is theirs.
    private mutating func checkContent(_ process: CrashProcess, _ timeline: CrashTimeline, _ count: UInt64) {
        do throws(LogStoreError) {
            var reader = process.log.makeReader(from: 0, windowBytes: 64 << 10)
            var next: UInt64 = 0
            while try reader.next() {
                var cursor = reader.run.makeCursor()
                while let event = cursor.next() {
                    if event.sequence != next {
                        return faults.append("read \(event.sequence), expected \(next)")
                    }
                    let expected =
                        next < count ? timeline.events[Int(next)] : process.timeline.events[Int(next)]
                    if !event.bytes.isEqual(to: expected) {
                        return faults.append("event \(next) is not the one written")
                    }
                    next += 1
                }
            }
            if next != process.log.durableEnd {
                faults.append("\(next) events readable, \(process.log.durableEnd) durable")
            }
            let tree = process.timeline.tree(at: next)
            if process.log.parts.tree.frontier != tree {
                faults.append("the tree at \(next) is not the events'")
            }
        } catch {
            faults.append("reading: \(error)")
        }
    }

    /// The first new event says what was recovered and cut; what was cut is kept aside.
    private mutating func checkEpochStart(_ process: CrashProcess, _ timeline: CrashTimeline, _ count: UInt64)
    {
        guard process.timeline.count > count,
            let start = Self.epochStart(process.timeline.events[Int(count)])
        else { return faults.append("event \(count) is no epoch start") }
        // Behind it nothing but acts whose process died before their event.
        for event in process.timeline.events[Int(count + 1)...] where !Self.mayBeLost(event) {
            faults.append("an event after the epoch start is no act that was lost")
        }
        let report = process.log.report
        if start.recoveredSequence != count || start.root != timeline.tree(at: count).root
            || start.incarnation != process.log.parts.incarnation || start.isOperatorDecision != isDecided
        {
            faults.append("the epoch start says \(start)")
        }
        if start.cuts.count != report.cuts.count || report.verdict == .tornTail && start.cuts.isEmpty {
            faults.append(
                "\(report.verdict.rawValue), \(report.cuts.count) cuts, \(start.cuts.count) recorded")
        }
        for cut in start.cuts {
            let path = ShardPaths.quarantine / "\(cut.fileUUID)-\(cut.offset).bytes"
            guard let bytes = process.storage.disk.bytes(of: path), UInt64(bytes.count) == cut.length,
                bytes.withRawSpan({ SHA256.of($0) }) == cut.hash
            else {
                faults.append("\(path) does not hold the \(cut.length) bytes cut")
                continue
            }
        }
    }

    private static func epochStart(_ event: [UInt8]) -> ReservedEvent.EpochStart? {
        guard case .epochStart(let start) = act(event) else { return nil }
        return start
    }

    /// The log's own act that an event is; nil for a caller's.
    private static func act(_ event: [UInt8]) -> ReservedEvent? {
        do throws(DecodingFailure) {
            return try event.withRawSpan { (span) throws(DecodingFailure) in
                try ReservedEvent(EventView(bytes: span, sequence: 0))
            }
        } catch {
            return nil
        }
    }

    /// Keyring written, segment sealed, month closed, month evicted.
    private static func mayBeLost(_ event: [UInt8]) -> Bool {
        [0xFF03, 0xFF04, 0xFF06, 0xFF07].contains(event.withRawSpan { EventHeader(reading: $0, at: 0).type })
    }

    /// What was sealed and closed says so in the log, once, whatever crash came between act and event.
    private mutating func checkActs(_ process: CrashProcess) {
        var sealed: [Range<UInt64>: Int] = [:]
        var closed: [Month: Int] = [:]
        for event in process.timeline.events {
            switch Self.act(event) {
            case .segmentSealed(let range): sealed[range.sequences, default: 0] += 1
            case .monthClosed(let month, _, _, _): closed[month, default: 0] += 1
            default: break
            }
        }
        for manifest in process.log.parts.catalog.manifests {
            for entry in manifest.entries where sealed[entry.sequences] != 1 {
                faults.append("\(sealed[entry.sequences] ?? 0) events say that \(entry.sequences) was sealed")
            }
            if manifest.isClosed, closed[manifest.month] != 1 {
                faults.append("\(closed[manifest.month] ?? 0) events say that \(manifest.month) was closed")
            }
        }
    }

    /// No file is there that nobody answers for.
    private mutating func checkFiles(_ process: CrashProcess) {
        let parts = process.log.parts
        var expected = Set(parts.catalog.walFiles.map(\.path))
        for manifest in parts.catalog.manifests {
            for entry in manifest.entries {
                expected.insert(parts.paths.segment(manifest.month, entry.sequences))
            }
        }
        var spareCount = 0
        // Everything else is an archive's, in a directory named after the ledger.
        let own = [parts.paths.directory, ShardPaths.keys].map { $0.description + "/" }
        for path in process.storage.disk.paths where own.contains(where: path.description.hasPrefix) {
            if path.name.hasSuffix(".wal") || path.name.hasSuffix(".seg") {
                if expected.remove(path) == nil { faults.append("\(path) belongs to nothing") }
            } else if path.name.hasSuffix(".tmp") {
                // A keyring's temporary file goes with the next keyring, a tile's with that tile.
                if path.parent == ShardPaths.keys { continue }
                if path.description.hasPrefix(parts.paths.tiles.description + "/") { continue }
                if path.parent == parts.paths.wal {
                    spareCount += 1
                } else {
                    faults.append("\(path) was left over")
                }
            }
        }
        for path in expected.map(\.description).sorted() { faults.append("\(path) is missing") }
        if spareCount > FilePreparer<SimulatedPlatform>.sparesMax + 1 {
            faults.append("\(spareCount) spare files")
        }
    }

    /// A killed process left changes in caches. Once the log is open again, they are served: none may be
    /// open.
    private mutating func loseWhatIsOpen(_ process: CrashProcess, _ after: Expectation) {
        var expected = after
        expected.required = after.timeline.count
        expected.reason = "served after a kill"
        let outcome = Self.recover(Self.durableImage(of: process), expected, number: 0, goesOn: false)
        faults += outcome.faults.map { "power lost after the recovery from a kill: \($0)" }
    }

    private static func durableImage(of process: CrashProcess) -> SimulatedDisk {
        guard let image = CrashImages(of: process.storage.disk).first(where: { _ in true }) else {
            invariantViolated("a disk without an image")
        }
        return image.image
    }

    // MARK: Going on

    private mutating func goOn(
        _ process: CrashProcess, _ key: KeyEncryptionKey?, _ tiles: [StoragePath: [UInt8]]
    ) throws(LogStoreError) {
        try process.commit(2)
        try process.prepareFile()
        try process.log.parts.recordWatermark()
        try process.log.parts.prepareKeys()
        try process.sealAll()
        try process.log.parts.closeMonths()
        _ = try process.log.signCheckpoint()
        try process.log.close()
        try process.absorb()
        process.log.abandon()
        // Everything closing was told is durable is: whatever is still open is lost.
        let count = process.timeline.count
        let again = try CrashProcess(
            SimulatedStorage(disk: Self.durableImage(of: process), options: .init(keepsTrace: false)),
            key: key,
            after: process.timeline, wall: TestEvents.november, seed: 7)
        let report = again.log.report
        isDecided = false
        if report.verdict != .cleanEnd || report.recoveredEnd != count || !report.cuts.isEmpty
            || !report.repaired.isEmpty
        {
            faults.append(
                "opened again: \(report.verdict.rawValue), \(report.recoveredEnd) of \(count) events, "
                    + "cuts \(report.cuts), repaired \(report.repaired)")
        }
        checkContent(again, process.timeline, report.recoveredEnd)
        checkEpochStart(again, process.timeline, report.recoveredEnd)
        checkFiles(again)
        checkActs(again)
        checkTiles(again, tiles)
        // The checkpoint just signed has made what was missing.
        for path in tiles.keys {
            let temporary = path.parent / (path.name + ".tmp")
            if again.storage.disk.bytes(of: path) == nil { faults.append("\(path) was not made") }
            if again.storage.disk.bytes(of: temporary) != nil { faults.append("\(temporary) is still there") }
        }
    }
}

extension RawSpan {
    fileprivate func isEqual(to bytes: [UInt8]) -> Bool {
        guard byteCount == bytes.count else { return false }
        return bytes.withRawSpan { other in
            var offset = 0
            while offset + 8 <= byteCount {
                if u64(offset) != other.u64(offset) { return false }
                offset += 8
            }
            while offset < byteCount {
                if u8(offset) != other.u8(offset) { return false }
                offset += 1
            }
            return true
        }
    }
}
