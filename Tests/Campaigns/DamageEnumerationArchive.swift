import LogStore
import Simulation
import TestSupport

/// What a log with an evicted month depends on besides its own directory, and what must come back from there.
///
/// November, 67,000 events, is closed, archived and evicted, so that stubs stand in the place of its
/// segments; it had been evicted and restored once before. December is here, partly sealed and scrubbed. The
/// first tile is published, and a snapshot lies beside the log.
struct DamageArchive: Sendable {
    var disk: SimulatedDisk
    let month: Month
    /// Objects in the archive, in the order of their events.
    let objects: [StoragePath]
    /// Events that only the archive holds.
    let sequences: Range<UInt64>
    let verifier: OfflineVerifier
    /// Signed checkpoints of the whole log, the first from when November was closed.
    let checkpoints: [[UInt8]]
    /// The published tile, as it must be.
    let tile: [UInt8]
    /// The log when November was evicted for the first time, and restored after that.
    let evicted: SimulatedDisk
    let restored: SimulatedDisk

    static let tilePath = ShardPaths(shard: 0).tile(Tile(.hashes(level: 1), index: 0))
    static let retention = {
        var retention = Retention()
        retention.localMonths = 1
        return retention
    }()

    var store: DirectoryArchive<SimulatedStorage> {
        DirectoryArchive(disk: SimulatedStorage(disk: disk, options: .init(keepsTrace: false)))
    }
}

/// What a damaged log does with its archive while it lives on.
enum ArchiveUse {
    case none
    /// Restores, and reads what has come back.
    case restore
    /// Is refused what it asks for, because of this object.
    case restoreRefused(StoragePath)
    case evictRefused(StoragePath)
}

// MARK: The log

extension DamageSubject {
    /// Plain: what is not encrypted has the weaker protection.
    static func makeArchived(seed: UInt64) throws(LogStoreError) -> DamageSubject {
        var options = LogOptions()
        options.geometry = .tiny
        // One of the large files alone is more than may otherwise wait.
        options.geometry.sealBacklogBytesMax = 16 << 20
        options.runsThreads = false
        var author = DamageAuthor(options: options, seed: seed)
        let archive = try author.writeArchived()
        var trial = DamageTrial(options: options, time: author.events.time)
        trial.archive = archive
        let transcript = try trial.transcribe(author.disk, count: author.acknowledged)
        author.check(transcript)
        var map = DamageMap(of: author.disk)
        map.weigh(Self.weight)
        return DamageSubject(
            name: "archived", options: options, disk: author.disk, earlier: author.earlier, writing: [],
            transcript: transcript, map: map, lastTime: author.events.time, archive: archive)
    }

    /// Thorough only where the other two logs have nothing like it.
    private static func weight(_ file: DamageMap.File) -> Double {
        switch file.kind {
        case .scrub: 1
        case .manifest: 1.0 / 8
        case .stub, .tile: 1.0 / 32
        default: 1.0 / 128
        }
    }

    /// Whether a kind of damage is tried on this log: what does not regard its archive is left to the others.
    func suffers(_ group: DamageGroup) -> Bool {
        switch group {
        case .flips, .zeroedSectors, .swappedSectors, .cuts, .removals, .rollbacks: true
        case .archive: archive != nil
        case .splices, .keys, .copies, .names, .writes, .hostile: archive == nil
        }
    }
}

extension DamageAuthor {
    /// Large files for the many events of November; December is written with the tiny ones.
    private static var wide: LogGeometry {
        var wide = LogGeometry.tiny
        wide.walBytes = 1 << 20
        wide.frameBytesMax = 64 << 10
        wide.zeroStepBytes = 1 << 20
        wide.segmentEventsMax = 1 << 16
        wide.sealBacklogBytesMax = 256 << 20
        return wide
    }

    mutating func writeArchived() throws(LogStoreError) -> DamageArchive {
        let narrow = options.geometry
        options.geometry = Self.wide
        let first = try writeClosedNovember()
        options.geometry = narrow
        try writeDecember()
        return try archiveNovember(first)
    }

    private mutating func writeClosedNovember() throws(LogStoreError) -> [UInt8] {
        let (log, storage) = try start()
        for _ in 0..<67 { try append(1000, to: log) }
        events.time = Self.december
        try append(10, to: log)
        try seal(log, storage, "november")
        try log.parts.closeMonths()
        try seal(log, storage, "november closed")
        let checkpoint = try Self.required(log.signedCheckpoint(), "checkpoint")
        try stop(log, storage, "the first process's end")
        return checkpoint
    }

    private mutating func writeDecember() throws(LogStoreError) {
        let (log, storage) = try start()
        for _ in 0..<24 { try append(40, to: log) }
        try seal(log, storage, "december")
        try stop(log, storage, "the second process's end")
    }

    private mutating func archiveNovember(_ first: [UInt8]) throws(LogStoreError) -> DamageArchive {
        let month = Month(containing: TestEvents.november)
        let elsewhere = SimulatedStorage(options: .init(keepsTrace: false))
        let archive = DirectoryArchive(disk: elsewhere)
        let (log, storage) = try start()
        try append(20, to: log)
        let count = try log.archive(month, to: archive)
        invariant(count > 1, "one segment is no choice")
        earlier.append(("archived", storage.disk.settled()))
        _ = try log.evict(month, from: archive, retention: DamageArchive.retention)
        let evicted = storage.disk.settled()
        earlier.append(("evicted for the first time", evicted))
        try log.restore(month, from: archive)
        let restored = storage.disk.settled()
        earlier.append(("restored", restored))
        _ = try log.evict(month, from: archive, retention: DamageArchive.retention)
        let scrubbed = try log.parts.scrub()
        invariant(scrubbed != nil, "nothing was scrubbed")
        try append(20, to: log)
        _ = try log.parts.checkpoint()
        try append(20, to: log)
        try log.parts.markIdle()
        try log.parts.recordWatermark()
        let entries = log.parts.catalog.manifest(month)?.entries ?? []
        let last = try Self.required(log.signedCheckpoint(), "checkpoint")
        let tile = try Self.required(
            AtomicFile.read(DamageArchive.tilePath, byteCountMax: 8192, on: storage), "tile")
        let verifier = log.verifier
        let ledger = try SuperblockStore.read(ShardPaths(shard: 0).superblock, on: storage).superblock.ledger
        try stop(log, storage, "the end")
        earlier.removeLast()
        placeSnapshot()
        return DamageArchive(
            disk: elsewhere.disk.settled(), month: month,
            objects: entries.map {
                StoragePath(ShardPaths(shard: 0).archiveName(ledger, month, $0.sequences))
            },
            sequences: 0..<(entries.last?.sequences.upperBound ?? 0), verifier: verifier,
            checkpoints: [first, last], tile: tile, evicted: evicted, restored: restored)
    }

    private static func required<Value>(_ value: Value?, _ what: String) throws(LogStoreError) -> Value {
        guard let value else { throw .invalidRequest("the log has no \(what)") }
        return value
    }

    /// A file header and what only its owner could read.
    private mutating func placeSnapshot() {
        guard let segment = disk.paths.last(where: { $0.name.hasSuffix(".seg") }) else {
            invariantViolated("no segment")
        }
        var bytes = disk.contents(segment, 0..<FileHeader.byteCount)
        do throws(DecodingFailure) {
            var header = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try FileHeader(decoding: span)
            }
            (header.kind, header.partition, header.codec) = (.snapshot, 0, 0)
            bytes.withMutableRawSpan { header.encode(into: &$0) }
        } catch { invariantViolated("\(segment): \(error)") }
        let body = (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 29 | 1) }
        let directory = ShardPaths(shard: 0).snapshots
        do throws(StorageError) {
            let storage = SimulatedStorage(disk: disk, options: SimulatedStorage.Options(keepsTrace: false))
            try storage.createDirectory(directory)
            disk = storage.disk.settled()
        } catch { invariantViolated("\(directory): \(error)") }
        disk.placeFile(directory / "1.snap", bytes + body)
    }
}

// MARK: The cases

extension DamageBench {
    mutating func damageArchive() {
        guard let archive = subject.archive else { invariantViolated("a log without an archive") }
        for (index, object) in archive.objects.enumerated() {
            spoil(archive, object, "removed") { $0.removeFile(object) }
            let size = archive.disk.bytes(of: object)?.count ?? 0
            for point in [0, 1, size / 2, size - 1] {
                spoil(archive, object, "cut to \(point) bytes") { $0.cut(object, at: point) }
            }
            spoil(archive, object, "grown by a byte") { $0.cut(object, at: size + 1) }
            let other = archive.objects[(index + 1) % archive.objects.count]
            let otherBytes = archive.disk.bytes(of: other) ?? []
            spoil(archive, object, "with the bytes of \(other.name)") { $0.placeFile(object, otherBytes) }
            for _ in 0..<4 {
                let offset = tally.random.below(size)
                spoil(archive, object, "a bit of byte \(offset)") { $0.flipBit(object, at: offset, bit: 2) }
            }
        }
        leaveSurplus(archive)
        goBack(archive)
    }

    /// A bad object is named, whether its events are asked back or are to be given up; nothing is lost here.
    private mutating func spoil(
        _ archive: DamageArchive, _ object: StoragePath, _ what: String,
        _ change: (inout SimulatedDisk) -> Void
    ) {
        var spoilt = archive.disk
        change(&spoilt)
        var damage = DamageCase(
            path: object, what: "in the archive \(what), to be restored", allowed: .opens, livesOn: true)
        damage.use = .restoreRefused(object)
        attempt(damage, archive: spoilt) { _ in }
        damage.what = "in the archive \(what), to be evicted"
        damage.use = .evictRefused(object)
        // The log of then knows fewer events.
        damage.recorded = archive.sequences.upperBound
        attempt(damage, of: archive.restored, archive: spoilt) { _ in }
    }

    /// What a crash leaves of evicting and restoring: a copy that counts as gone, a stub too many.
    private mutating func leaveSurplus(_ archive: DamageArchive) {
        for object in archive.objects {
            let segment = ShardPaths(shard: 0).month(archive.month) / object.name
            let bytes = archive.disk.bytes(of: object) ?? []
            for (what, found) in [("whole", bytes), ("cut short", Array(bytes[..<5000])), ("empty", [])] {
                let damage = DamageCase(
                    path: segment, what: "beside its stub, \(what)", allowed: .opens, livesOn: true)
                attempt(damage) { $0.placeFile(segment, found) }
            }
            let stub = StoragePath(segment.description.dropLast(4) + ".stub")
            let stubBytes = archive.evicted.bytes(of: stub) ?? []
            for (what, found) in [("whole", stubBytes), ("empty", [])] {
                var damage = DamageCase(
                    path: stub, what: "beside its segment, \(what)", allowed: .opens, livesOn: true)
                damage.recorded = archive.sequences.upperBound
                attempt(damage, of: archive.restored) { $0.placeFile(stub, found) }
            }
        }
    }

    /// Of the restored log what still says that November is evicted, and the other way round.
    private mutating func goBack(_ archive: DamageArchive) {
        let paths = ShardPaths(shard: 0)
        let manifest = paths.manifest(archive.month)
        let pairs = [
            ("evicted", archive.restored, archive.evicted), ("here", archive.evicted, archive.restored),
        ]
        for (what, disk, other) in pairs {
            let cases: [([StoragePath], DamageOutcome)] = [
                ([manifest], .sealed), ([paths.superblock], what == "evicted" ? .opens : .sealed),
                // The manifest is believed: what it calls evicted goes, and its stub is missed.
                ([manifest, paths.superblock], what == "evicted" ? .found : .sealed),
            ]
            for (files, allowed) in cases {
                var damage = DamageCase(
                    path: manifest, what: "\(files.map(\.name)) from when november was \(what)",
                    allowed: allowed, livesOn: true)
                damage.namesFile = false
                damage.recorded = archive.sequences.upperBound
                attempt(damage, of: disk) { disk in
                    for file in files { disk.placeFile(file, other.bytes(of: file) ?? []) }
                }
            }
        }
    }
}

// MARK: The trial

extension DamageTrial {
    /// Proves two events and the growth between two checkpoints to an outsider. Only damage that reading has
    /// met may be in the way; a proof that is handed out is right.
    func prove(_ log: Log, _ transcript: EventTranscript, _ read: ReadBack) -> String? {
        guard let archive, read.wrong == nil, let newest = archive.checkpoints.last else { return nil }
        do {
            let size = try archive.verifier.checkpoint(newest).size
            guard size <= log.durableEnd else { return nil }
            for sequence in [archive.sequences.upperBound, size - 1] {
                let proof = try log.inclusionProof(of: sequence, in: newest)
                let place = try archive.verifier.inclusion(
                    of: transcript[sequence], proof: Array(proof.text))
                if place.index != sequence { return "\(place.index) in the place of \(sequence)" }
            }
            let oldSize = try archive.verifier.checkpoint(archive.checkpoints[0]).size
            let growth = try log.growthProof(from: oldSize, to: newest)
            _ = try archive.verifier.growth(from: archive.checkpoints[0], proof: Array(growth.text))
            return nil
        } catch LogStoreError.damaged(let damage)
            where read.unreadable.contains(where: { $0.file == damage.file })
        {
            return nil
        } catch { return "\(error)" }
    }

    /// Signs a checkpoint; then the published tile is right, whatever it was. A stub that reading found
    /// damaged may be in the way.
    func sign(
        _ log: Log, _ storage: SimulatedStorage, mayMeet damages: [Damage]
    ) throws(LogStoreError) -> String? {
        do throws(LogStoreError) { _ = try log.parts.checkpoint() } catch {
            guard case .damaged(let damage) = error, damage.file.name.hasSuffix(".stub"),
                damages.contains(where: { $0.file == damage.file })
            else { throw error }
            return nil
        }
        guard let archive else { return nil }
        let tile: [UInt8]?
        do throws(LogStoreError) {
            tile = try AtomicFile.read(DamageArchive.tilePath, byteCountMax: 8192, on: storage)
        } catch { return "a checkpoint was signed over a bad tile: \(error)" }
        return tile == archive.tile ? nil : "a checkpoint was signed over a wrong tile"
    }

    /// Takes the archived month back, or is refused by name.
    func useArchive(
        _ log: Log, _ storage: SimulatedStorage, _ transcript: EventTranscript, _ before: ReadBack
    ) throws(LogStoreError) -> String? {
        guard let archive else { return nil }
        switch use {
        case .none: return nil
        case .restore: break
        case .restoreRefused(let object):
            let spoilt = archive.store
            if let fault = refusal(
                naming: object,
                { () throws(LogStoreError) in
                    _ = try log.restore(archive.month, from: spoilt)
                })
            {
                return fault
            }
            let after = readBack(log, against: transcript, transcript.count)
            return after == before ? nil : "a restore that failed has changed \(before) to \(after)"
        case .evictRefused(let object):
            let spoilt = archive.store
            if let fault = refusal(
                naming: object,
                { () throws(LogStoreError) in
                    _ = try log.evict(archive.month, from: spoilt, retention: DamageArchive.retention)
                })
            {
                return fault
            }
            return try checkAllIsHere(log, transcript, archive)
        }
        let isBad = before.unreadable.contains { $0.file.name.hasSuffix(".stub") }
        try log.restore(archive.month, from: archive.store)
        if let fault = try checkAllIsHere(log, transcript, archive) { return fault }
        // What stubs stood in the way of goes on.
        return isBad ? try sign(log, storage, mayMeet: []) : nil
    }

    private func refusal(
        naming object: StoragePath, _ request: () throws(LogStoreError) -> Void
    ) -> String? {
        do throws(LogStoreError) { try request() } catch {
            switch error {
            case .damaged(let damage) where damage.file == object: return nil
            case .storage(let error) where error.path == object: return nil
            default: return "the refusal does not name \(object): \(error)"
            }
        }
        return "a bad \(object) was believed"
    }

    /// Every archived event is readable from here.
    private func checkAllIsHere(
        _ log: Log, _ transcript: EventTranscript, _ archive: DamageArchive
    ) throws(LogStoreError) -> String? {
        var here = self
        here.archive = nil
        let read = here.readBack(log, against: transcript, archive.sequences.upperBound)
        return read == ReadBack() ? nil : "of the archived events: \(read)"
    }
}
