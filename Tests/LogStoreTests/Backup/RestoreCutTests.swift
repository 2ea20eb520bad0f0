import LogStore
import Simulation
import TestSupport
import Testing

/// Restores that end earlier than the backup, and the forks most of them have to be.
@Suite struct RestoreCutTests {
    @Test(arguments: [false, true])
    func `a restore to each sequence has the original's events and root there, and parts no group`(
        isEncrypted: Bool
    ) throws {
        let original = try BackedUpLog(isEncrypted: isEncrypted, groups: 30, of: 7, months: 2)
        let target = SimulatedStorage()
        let manifest = try original.backUp(to: target).manifest
        let disk = target.crash().settled()
        let end = manifest.end.size
        // Near the edges of everything, and a walk through the rest.
        let near = [manifest.sealedEnd, manifest.checkpointSize, end].flatMap { $0 - 9...min($0 + 9, end) }
        for sequence in Set(near + stride(from: 1, through: end, by: 23)).sorted() {
            let storage = SimulatedStorage()
            let report = try original.restore(disk, to: storage) {
                $0.end = .sequence(sequence)
                $0.forks = sequence < end
            }
            let edge = try #require((0...sequence).last { original.isEdge($0) })
            #expect(report.end == TreePoint(size: edge, root: original.roots[Int(edge)]), "to \(sequence)")
            #expect(report.movedFrom == (edge == sequence ? nil : sequence), "to \(sequence)")
            let events = try original.contents(storage)
            #expect(Array(events.prefix(Int(edge))) == Array(original.events[..<Int(edge)]))
            #expect(events.count == Int(edge) + (sequence < end ? 1 : 0), "to \(sequence)")
        }
    }

    @Test(arguments: [false, true])
    func `behind everything signed a restore is cut under the same id`(isEncrypted: Bool) throws {
        let original = try BackedUpLog(isEncrypted: isEncrypted)
        let target = SimulatedStorage()
        let manifest = try original.backUp(to: target).manifest
        let disk = target.crash().settled()
        #expect(manifest.signedEnd < manifest.end.size - 20)
        for sequence in manifest.signedEnd..<manifest.end.size {
            let storage = SimulatedStorage()
            let restore = { () throws(LogStoreError) in
                try original.restore(disk, to: storage) { $0.end = .sequence(sequence) }
            }
            let edge = try #require((0...sequence).last { original.isEdge($0) })
            guard edge >= manifest.signedEnd else {
                #expect(throws: LogStoreError.self) { try restore() }
                continue
            }
            let report = try restore()
            #expect(report.ledger == original.ledger && report.parent == nil)
            #expect(report.end == TreePoint(size: edge, root: original.roots[Int(edge)]))
            #expect(try original.contents(storage) == Array(original.events[..<Int(edge)]))
            guard sequence % 8 == 0 else { continue }
            let again = try TestLog(
                on: storage.crash().settled(), isEncrypted: isEncrypted,
                time: original.log.log.position.lastTime, seed: 4)
            #expect(again.log.report.recoveredEnd == edge)
            try again.append(groups: 4, of: 20)
            let note = try #require(try original.log.log.signedCheckpoint())
            let keys = original.key.map { ReadingKeys.keyEncryptionKey($0) } ?? .none
            let verified = try VerifiedLog.verify(again.storage, keys: keys) { $0.earlierCheckpoint = note }
            #expect(verified.damages.isEmpty, "\(verified.damages)")
            #expect(verified.earlier == .extended(size: manifest.checkpointSize))
        }
    }

    @Test func `what is signed is cut as a fork or not at all, also by a checkpoint somebody else holds`()
        throws
    {
        let original = try BackedUpLog()
        let target = SimulatedStorage()
        let manifest = try original.backUp(to: target).manifest
        let disk = target.crash().settled()
        for sequence in [1, manifest.signedEnd / 2, manifest.signedEnd - 1] {
            let storage = SimulatedStorage()
            #expect(throws: LogStoreError.self) {
                try original.restore(disk, to: storage) { $0.end = .sequence(sequence) }
            }
            #expect(storage.disk.paths.isEmpty)
        }
        // The ledger went on, and signed more than the backup has.
        try BackedUpLog.append(to: original.log, groups: 3, of: 20)
        try original.log.log.signCheckpoint()
        let note = try #require(try original.log.log.signedCheckpoint())
        let storage = SimulatedStorage()
        #expect(throws: LogStoreError.self) {
            try original.restore(disk, to: storage) { $0.knownCheckpoint = note }
        }
        #expect(storage.disk.paths.isEmpty)
        let forked = try original.restore(disk, to: storage) {
            $0.knownCheckpoint = note
            $0.forks = true
        }
        #expect(forked.parent == original.ledger && forked.end == manifest.end)
        #expect(throws: LogStoreError.self) {
            try original.restore(disk, to: SimulatedStorage()) { $0.end = .sequence(manifest.end.size + 1) }
        }
    }

    @Test(arguments: [false, true])
    func `a fork is a new ledger that is read, promoted, served, and contradicts nobody`(isEncrypted: Bool)
        throws
    {
        let original = try BackedUpLog(isEncrypted: isEncrypted)
        let target = SimulatedStorage()
        let manifest = try original.backUp(to: target).manifest
        let storage = SimulatedStorage()
        let asked = manifest.sealedEnd / 2
        let report = try original.restore(target.crash().settled(), to: storage) {
            $0.end = .sequence(asked)
            $0.forks = true
        }
        #expect(report.ledger != original.ledger && report.parent == original.ledger)
        let events = try original.contents(storage)
        let last = try #require(events.last)
        let act = try last.withRawSpan { bytes throws(DecodingFailure) in
            try ReservedEvent(EventView(bytes: bytes, sequence: report.end.size))
        }
        #expect(act == .forked(parent: original.ledger, report.end))

        let time = original.log.log.position.lastTime
        let disk = storage.crash().settled()
        #expect(throws: LogStoreError.self) {
            _ = try TestLog(on: disk, isEncrypted: isEncrypted, time: time, seed: 8)
        }
        let second = SimulatedStorage(disk: disk)
        let platform = SimulatedPlatform(disk: second, seed: 6)
        #expect(try LogPromotion.run(platform, shard: 0) == report.ledger)
        #expect(throws: LogStoreError.self) { try LogPromotion.run(platform, shard: 0) }
        let heir = try TestLog(on: second.crash().settled(), isEncrypted: isEncrypted, time: time, seed: 8)
        try heir.append(groups: 40, of: 20)
        try heir.sealAll()
        try heir.log.parts.closeMonths()
        try heir.settle()
        try heir.log.signCheckpoint()
        let note = try #require(try heir.log.signedCheckpoint())
        #expect(throws: VerificationFailure.self) { try original.log.log.verifier.checkpoint(note) }
        #expect(try heir.log.verifier.checkpoint(note).size > report.end.size)
        #expect(try Array(heir.readAll().prefix(events.count)) == events)
        try heir.log.close(time: heir.log.position.lastTime + 1)
        let keys = original.key.map { ReadingKeys.keyEncryptionKey($0) } ?? .none
        let verified = try VerifiedLog.verify(heir.storage.crash(), keys: keys)
        #expect(verified.damages.isEmpty, "\(verified.damages)")
    }

    @Test func `every life of a fork records its acts once, whenever it is killed`() throws {
        let original = try BackedUpLog(isEncrypted: true)
        let target = SimulatedStorage()
        try original.backUp(to: target)
        let storage = SimulatedStorage()
        _ = try original.restore(target.crash().settled(), to: storage) { $0.forks = true }
        _ = try LogPromotion.run(SimulatedPlatform(disk: storage, seed: 6), shard: 0)
        var disk = storage.crash().settled()
        for life in 0..<6 {
            let log = try TestLog(
                on: disk, isEncrypted: true, time: original.log.log.position.lastTime + 1,
                seed: UInt64(20 + life))
            try log.append(groups: 10, of: 20)
            // Killed before the acts of its seals are recorded, every other time.
            try log.sealAll()
            if life % 2 == 0 { try log.settle() }
            try log.log.parts.closeMonths()
            try log.log.parts.recordWatermark()
            disk = log.storage.crash().settled()
        }
        let keys = ReadingKeys.keyEncryptionKey(try #require(original.key))
        let verified = try VerifiedLog.verify(disk, keys: keys)
        #expect(verified.damages.isEmpty, "\(verified.damages)")
    }

    @Test func `a restore to a time keeps what is not later`() throws {
        let original = try BackedUpLog(groups: 30, months: 2)
        let target = SimulatedStorage()
        try original.backUp(to: target)
        let disk = target.crash().settled()
        for index in stride(from: 25, to: original.events.count, by: 97) {
            let time = BackedUpLog.header(original.events[index]).time
            let report = try original.restore(disk, to: SimulatedStorage()) {
                $0.end = .time(time)
                $0.forks = true
            }
            let wanted = UInt64(index + 1)
            let edge = try #require((0...wanted).last { original.isEdge($0) })
            #expect(report.end.size == edge, "event \(index)")
        }
        let whole = try original.restore(disk, to: SimulatedStorage()) { $0.end = .time(.max) }
        #expect(whole.end.size == UInt64(original.events.count))
    }

    @Test func `a restore that breaks off leaves nothing that opens, or all of it`() throws {
        let original = try BackedUpLog(groups: 12, months: 1)
        let target = SimulatedStorage()
        let manifest = try original.backUp(to: target).manifest
        let disk = target.crash().settled()
        let ends: [(LogRestoreEnd, Bool)] = [
            (.whole, false), (.sequence(manifest.end.size - 10), false), (.sequence(100), true),
        ]
        for (end, forks) in ends {
            for nth in stride(from: 1, to: 2000, by: 5) {
                let storage = SimulatedStorage(faults: [Fault(nil, .any, .nth(nth), .crash)])
                var isDone = false
                do throws(LogStoreError) {
                    _ = try original.restore(disk, to: storage) {
                        $0.end = end
                        $0.forks = forks
                    }
                    isDone = true
                } catch {}
                if isDone { break }
                var options = try TestLog.options(isEncrypted: false)
                options.createsIfMissing = false
                let left = SimulatedPlatform(
                    disk: SimulatedStorage(disk: storage.crash().settled()), seed: 1)
                let log: LogStore<SimulatedPlatform, TestIndex>
                do throws(LogStoreError) {
                    log = try LogStore.open(platform: left, options: options, index: TestIndex())
                } catch { continue }
                // All but the last sync of a directory was done.
                let wanted = try #require((0...end.size(of: manifest)).last { original.isEdge($0) })
                #expect(!forks && log.report.recoveredEnd == wanted, "\(end), operation \(nth)")
            }
        }
    }

    private typealias LogRestoreEnd = BackedUpLog.Restore.End
}

extension BackedUpLog.Restore.End {
    fileprivate func size(of manifest: BackupManifest) -> UInt64 {
        if case .sequence(let sequence) = self { sequence } else { manifest.end.size }
    }
}
