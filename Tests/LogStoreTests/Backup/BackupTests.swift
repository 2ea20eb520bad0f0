import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

@Suite struct BackupTests {
    @Test(arguments: [false, true])
    func `a backup restored whole is the log as it was, and goes on`(isEncrypted: Bool) throws {
        let original = try BackedUpLog(isEncrypted: isEncrypted)
        let target = SimulatedStorage()
        let report = try original.backUp(to: target)
        #expect(report.manifest.end.size == UInt64(original.events.count))
        #expect(report.manifest.end.root == original.roots.last)
        #expect(report.manifest.checkpointSize == (try original.checkpointSize))
        #expect(report.manifest.sealedEnd == original.log.log.parts.catalog.sealedEnd)
        #expect(report.verification?.isFullCheck == true)
        let storage = SimulatedStorage()
        let restored = try original.restore(target.crash(), to: storage)
        #expect(restored.ledger == original.ledger && restored.parent == nil && !restored.lacksSigningKey)
        #expect(try original.contents(storage) == original.events)
        let again = try TestLog(
            on: storage.crash().settled(), isEncrypted: isEncrypted, time: original.log.log.position.lastTime,
            seed: 3)
        #expect(again.log.report.recoveredEnd == UInt64(original.events.count))
        try again.append(groups: 20, of: 40)
        try again.sealAll()
        try again.settle()
        #expect(try Array(again.readAll().prefix(original.events.count)) == original.events)
        try again.log.close(time: again.log.position.lastTime + 1)
        let keys = original.key.map { ReadingKeys.keyEncryptionKey($0) } ?? .none
        let verified = try VerifiedLog.verify(again.storage.crash(), keys: keys)
        #expect(verified.damages.isEmpty, "\(verified.damages)")
    }

    @Test func `without keys a backup is made and verified too, and no key is in it`() throws {
        let original = try BackedUpLog(isEncrypted: true)
        let target = SimulatedStorage()
        let report = try original.backUp(to: target) { $0.keys = .none }
        #expect(report.manifest.end.size == UInt64(original.events.count))
        #expect(report.verification?.isFullCheck == false)
        let plain = try BackedUpLog()
        let open = SimulatedStorage()
        try plain.backUp(to: open)
        #expect(try plain.backUp(to: open).manifest.file(ShardPaths.signingKey) == nil)
        let seed = try #require(plain.signingSeed)
        #expect(!BackedUpLog.contents(of: open.disk).values.contains { $0 == seed })
        let storage = SimulatedStorage()
        let restored = try plain.restore(open.disk, to: storage) { $0.signingSeed = nil }
        #expect(restored.lacksSigningKey)
        #expect(throws: LogStoreError.self) {
            try plain.restore(open.disk, to: SimulatedStorage()) {
                $0.signingSeed = [UInt8](repeating: 1, count: 32)
            }
        }
    }

    @Test(arguments: [false, true])
    func `wherever the writer appends, seals and recycles under it, a backup holds together`(
        isEncrypted: Bool
    ) throws {
        // Between the backup's own writes the log moves on.
        var done = 0
        for period in [1, 2, 3, 5, 8, 13] {
            let original = try BackedUpLog(isEncrypted: isEncrypted, groups: 20, months: 1)
            let target = SimulatedStorage()
            let calls = Atomic<Int>(0)
            let log = original.log
            target.onOperation { _, _ in
                let call = calls.add(1, ordering: .relaxed).newValue
                guard call % period == 0, call < 400 else { return }
                do {
                    try BackedUpLog.append(to: log, groups: 3, of: 20)
                    try log.sealAll()
                    try log.settle()
                    if call % 4 == 0 { try log.log.signCheckpoint() }
                    try log.log.parts.recordWatermark()
                } catch { Issue.record("\(error)") }
            }
            let report: BackedUpLog.Backup.Report
            do throws(LogStoreError) { report = try original.backUp(to: target) } catch {
                // Under a log that never holds still a backup may give up; then it has left nothing.
                guard case .damaged = error else { throw error }
                #expect(target.disk.bytes(of: BackupManifest.path) == nil, "period \(period)")
                continue
            }
            let events = try log.readAll()
            let end = Int(report.manifest.end.size)
            #expect(end >= original.events.count, "period \(period)")
            let storage = SimulatedStorage()
            _ = try original.restore(target.crash(), to: storage)
            #expect(try original.contents(storage) == Array(events[..<end]), "period \(period)")
            done += 1
        }
        #expect(done > 3)
    }

    @Test func `what is not proved durable is not in a backup`() throws {
        let test = try TestLog()
        try test.append(groups: 5, of: 20)
        try test.log.parts.recordWatermark()
        let durable = test.log.durableEnd
        try test.append(groups: 1, of: 20)
        let options = LogBackup<SimulatedPlatform, SimulatedStorage>.Options()
        let first = SimulatedStorage()
        let report = try LogBackup(platform: test.platform, target: first, options: options).run()
        #expect(report.manifest.end.size == durable)
        try test.log.parts.markIdle()
        let second = try LogBackup(platform: test.platform, target: first, options: options).run()
        #expect(second.manifest.end.size == test.log.durableEnd)
    }

    @Test func `a log that lost what it acknowledged is not backed up`() throws {
        let original = try BackedUpLog()
        let newest = try #require(original.log.storage.disk.paths.last { $0.name.hasSuffix(".wal") })
        original.log.storage.tamper { $0.flipBit(newest, at: 4096 + 200, bit: 0) }
        let target = SimulatedStorage()
        #expect(throws: LogStoreError.self) { try original.backUp(to: target) }
        #expect(target.disk.bytes(of: BackupManifest.path) == nil)
    }

    @Test func `the next backup copies what is new, and an interrupted one leaves the last whole`() throws {
        let original = try BackedUpLog()
        let target = SimulatedStorage()
        let first = try original.backUp(to: target)
        #expect(first.keptFiles == 0)
        try BackedUpLog.append(to: original.log, groups: 40, of: 20)
        try original.log.sealAll()
        try original.log.settle()
        try original.log.log.parts.recordWatermark()
        let before = target.disk
        var crashes = 0
        for nth in stride(from: 1, to: 400, by: 3) {
            let broken = SimulatedStorage(disk: before, faults: [Fault(nil, .any, .nth(nth), .crash)])
            do throws(LogStoreError) { _ = try original.backUp(to: broken) } catch { crashes += 1 }
            guard broken.isDead else { break }
            for crash in CrashImages(of: broken.crash(), options: .init(seed: 1, sampleCount: 2)).prefix(6) {
                let manifest = try #require(
                    try BackupManifest.read(from: SimulatedStorage(disk: crash.image)))
                let storage = SimulatedStorage()
                let restored = try original.restore(crash.image, to: storage)
                #expect(restored.end == manifest.end, "operation \(nth): \(crash.description)")
            }
        }
        #expect(crashes > 10)
        let second = try original.backUp(to: target)
        #expect(second.keptFiles >= Int(first.manifest.sealedEnd >> 9))
        #expect(second.manifest.end.size > first.manifest.end.size)
        let storage = SimulatedStorage()
        _ = try original.restore(target.crash(), to: storage)
        #expect(try original.contents(storage).count == Int(second.manifest.end.size))
    }

    @Test func `a crash anywhere in a first backup leaves none, or a whole one`() throws {
        let original = try BackedUpLog(groups: 12, months: 1)
        var nth = 1
        var isDead = true
        while isDead {
            let target = SimulatedStorage(faults: [Fault(nil, .any, .nth(nth), .crash)])
            do throws(LogStoreError) { _ = try original.backUp(to: target) } catch {}
            isDead = target.isDead
            for crash in CrashImages(of: target.crash(), options: .init(seed: 1, sampleCount: 2)).prefix(6) {
                let source = SimulatedStorage(disk: crash.image)
                guard try BackupManifest.read(from: source) != nil else { continue }
                let restored = try original.restore(crash.image, to: SimulatedStorage())
                #expect(restored.end.size == UInt64(original.events.count), "operation \(nth)")
            }
            nth += 1
        }
        #expect(nth > 20)
    }

    @Test func `every flipped byte of a backup is refused`() throws {
        let original = try BackedUpLog(groups: 12, of: 10, months: 1)
        let target = SimulatedStorage()
        try original.backUp(to: target)
        let disk = target.crash().settled()
        var count = 0
        for path in disk.paths where path != ShardPaths.lock {
            let size = disk.bytes(of: path)?.count ?? 0
            // Every byte of the manifest, and of every other file its ends and a walk through it.
            let step = path == BackupManifest.path ? 1 : max(1, size / 6)
            for offset in stride(from: 0, to: size, by: step) {
                var damaged = disk
                damaged.flipBit(path, at: offset, bit: offset % 8)
                let storage = SimulatedStorage()
                #expect(throws: LogStoreError.self, "\(path) at \(offset)") {
                    try original.restore(damaged, to: storage)
                }
                #expect(storage.disk.bytes(of: BackedUpLog.paths.superblock) == nil, "\(path) at \(offset)")
                count += 1
            }
            var missing = disk
            missing.removeFile(path)
            #expect(throws: LogStoreError.self, "\(path) missing") {
                try original.restore(missing, to: SimulatedStorage())
            }
        }
        #expect(count > 100)
    }

    @Test func `no backup takes the place of another log's, of more, or of anything else`() throws {
        let original = try BackedUpLog(groups: 12, months: 1)
        let target = SimulatedStorage()
        try original.backUp(to: target)
        let before = BackedUpLog.contents(of: target.disk)
        let other = try TestLog(seed: 9)
        try other.append(groups: 100, of: 20)
        try other.log.parts.recordWatermark()
        #expect(throws: LogStoreError.self) {
            try LogBackup(platform: other.platform, target: target, options: .init()).run()
        }
        let kept = BackedUpLog.contents(of: target.disk)
        #expect(before.allSatisfy { kept[$0.key] == $0.value })
        let full = SimulatedStorage()
        try AtomicFile.write([1], to: StoragePath("letters"), on: full)
        #expect(throws: LogStoreError.self) { try original.backUp(to: full) }
        #expect(throws: LogStoreError.self) { try original.restore(target.disk, to: full) }
        #expect(full.disk.paths.allSatisfy { $0 == StoragePath("letters") || $0 == ShardPaths.lock })
    }
}
