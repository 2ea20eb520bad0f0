import LogStore
import Simulation
import Synchronization
import TestSupport
import Testing

/// Damaged sealed segments, and what puts them back.
@Suite struct LogRepairTests {
    private static let november = Month(number: 202_611)!
    private static let paths = ShardPaths(shard: 0)
    private typealias Repair = LogRepair<SimulatedPlatform>

    /// A closed log with some sealed segments, every one in an archive.
    private struct Sealed {
        let disk: SimulatedDisk
        let archived = SimulatedStorage()
        let time: UInt64
        let entries: [PartitionManifest.Entry]
        let ledger: LogUUID

        init(isEncrypted: Bool = false) throws {
            let test = try TestLog(isEncrypted: isEncrypted)
            // Bytes that do not compress, so that blocks fill whole pages of their own.
            var random = SeededRandom(seed: 5)
            for _ in 0..<100 {
                var group = EventBuffer(capacity: 8 << 10)
                for number in 1...20 {
                    let payload = (0..<120).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    let time = test.log.position.lastTime + UInt64(number)
                    let fits = payload.withRawSpan {
                        group.append(type: 1, schema: 1, time: time, payload: $0)
                    }
                    #expect(fits)
                }
                _ = try test.log.appendWaiting(group)
                while try test.log.parts.commit() {}
            }
            try test.sealAll()
            _ = try test.log.archive(november, to: DirectoryArchive(disk: archived))
            try test.log.close(time: test.log.position.lastTime + 1)
            disk = test.storage.crash().settled()
            time = test.log.position.lastTime + 1
            entries = test.log.parts.catalog.manifest(november)?.entries ?? []
            ledger = test.log.parts.superblocks.value.ledger
            #expect(entries.count > 2)
        }

        func path(_ index: Int) -> StoragePath { paths.segment(november, entries[index].sequences) }
        func bytes(_ index: Int) throws -> [UInt8] { try #require(disk.bytes(of: path(index))) }
        func name(_ index: Int) -> StoragePath {
            StoragePath(paths.archiveName(ledger, november, entries[index].sequences))
        }

        func run(
            on storage: SimulatedStorage, change: (inout Repair.Options) -> Void = { _ in }
        ) throws(LogStoreError) -> Repair.Report {
            var options = Repair.Options()
            change(&options)
            return try Repair(platform: SimulatedPlatform(disk: storage, seed: 9), options: options)
                .run(from: DirectoryArchive(disk: archived))
        }
    }

    /// Every file but the lock, whose note each taker writes.
    private static func contents(_ storage: SimulatedStorage) -> [StoragePath: [UInt8]] {
        let disk = storage.disk
        let files = disk.paths.filter { $0 != ShardPaths.lock }
        return Dictionary(uniqueKeysWithValues: files.map { ($0, disk.bytes(of: $0) ?? []) })
    }

    private static func kept(_ report: Repair.Report) -> [DamagedCopy] {
        report.damaged.compactMap { if case .repaired(let kept) = $0.outcome { kept } else { nil } }
    }

    private static func failure(_ report: Repair.Report) -> LogStoreError? {
        if case .failed(let error)? = report.damaged.first?.outcome { return error }
        return nil
    }

    private static func note(_ damaged: Range<UInt64>, of sealed: Sealed, on disk: inout SimulatedDisk) {
        disk.placeFile(
            paths.scrub,
            ScrubRecord(ledger: sealed.ledger, next: damaged.lowerBound, damaged: damaged).encoded)
    }

    @Test(arguments: [false, true])
    func `a damaged segment comes back, its bytes are kept, and the log opens again`(hasKey: Bool) throws {
        let sealed = try Sealed(isEncrypted: true)
        var disk = sealed.disk
        Self.note(sealed.entries[1].sequences, of: sealed, on: &disk)
        disk.flipBit(sealed.path(1), at: 5000, bit: 1)
        let bad = try #require(disk.bytes(of: sealed.path(1)))
        #expect(throws: LogStoreError.self) {
            _ = try TestLog(on: disk, isEncrypted: true, time: sealed.time, seed: 2)
        }
        let storage = SimulatedStorage(disk: disk)
        let key = try KeyEncryptionKey(text: TestLog.keyText)
        let report = try sealed.run(on: storage) { $0.key = hasKey ? key : nil }
        #expect(report.checkedCount == sealed.entries.count)
        #expect(report.damaged.map(\.sequences) == [sealed.entries[1].sequences])
        let after = storage.crash().settled()
        #expect(try after.bytes(of: sealed.path(1)) == sealed.bytes(1))
        let copy = try #require(Self.kept(report).first)
        #expect(after.bytes(of: copy.path) == bad && copy.unreadable == [])
        let record = try #require(after.bytes(of: Self.paths.scrub))
        #expect(try record.withRawSpan { try ScrubRecord(decoding: $0) }.damaged == nil)
        _ = try TestLog(on: after, isEncrypted: true, time: sealed.time, seed: 2)
        #expect(try sealed.run(on: SimulatedStorage(disk: after)).damaged.isEmpty)
    }

    /// A sector inside a sealed segment that the device does not give any more.
    @Test func `a bad sector is named by whoever reads it, and repaired`() throws {
        let sealed = try Sealed()
        let (path, sequences) = (sealed.path(1), sealed.entries[1].sequences)
        let storage = SimulatedStorage(disk: sealed.disk)
        let fault = Fault(
            .read, .exactly(path), region: 5000..<5001, .every, .fail(ErrorNumber.inputOutput))
        storage.inject(fault)

        // Verifying names it.
        let platform = SimulatedPlatform(disk: storage, seed: 9)
        var verifier = LogVerifier(
            platform: platform, index: TestIndex(),
            options: LogVerifier<SimulatedPlatform, TestIndex>.Options())
        let verified = try verifier.run()
        #expect(verified.verdict == .corruptSealed)
        #expect(
            verified.findings.allSatisfy { finding in
                finding.damage.file == path
                    && finding.sequences.map { sequences.contains($0.lowerBound) } == true
            })

        // Opening does not read blocks: the log opens, everything else is served, the scrubber finds it.
        let log = try LogStore.open(
            platform: platform, options: try TestLog.options(isEncrypted: false), index: TestIndex(),
            time: sealed.time)
        var reader = log.makeReader(from: sequences.upperBound)
        #expect(try !TestLog.readAll(&reader).isEmpty)
        reader = log.makeReader(from: sequences.lowerBound)
        #expect(throws: LogStoreError.self) { while try reader.next() {} }
        #expect {
            while try log.parts.scrub() != nil {}
        } throws: { error in
            guard case LogStoreError.damaged(let damage) = error else { return false }
            return damage.file == path && damage.what.contains("Input/output")
        }
        log.abandon()

        // From then on opening refuses.
        let noted = SimulatedStorage(disk: storage.crash().settled())
        noted.inject(fault)
        do {
            _ = try LogStore.open(
                platform: SimulatedPlatform(disk: noted, seed: 3),
                options: try TestLog.options(isEncrypted: false), index: TestIndex(), time: sealed.time)
            Issue.record("opened over a segment noted as damaged")
        } catch LogStoreError.refused(let refusal) {
            #expect(refusal.verdict == .corruptSealed && refusal.sequences == sequences)
            #expect(refusal.damages.first?.file == path)
        }

        let report = try sealed.run(on: noted) { $0.selection = .quick }
        let copy = try #require(Self.kept(report).first)
        let end = min(8192, try sealed.bytes(1).count)
        #expect(copy.unreadable == [4096..<UInt64(end)])
        // The sector went with the file it was in.
        let after = noted.crash().settled()
        var expected = try sealed.bytes(1)
        for offset in 4096..<end { expected[offset] = 0 }
        #expect(after.bytes(of: copy.path) == expected)
        #expect(
            after.bytes(of: copy.path.parent / (copy.path.name + ".unreadable"))
                == Array("4096 \(end - 4096)\n".utf8))
        #expect(try after.bytes(of: path) == sealed.bytes(1))
        _ = try TestLog(on: after, time: sealed.time, seed: 4)
    }

    /// Verifying ended at a footer that the device did not give, without a report.
    @Test func `verifying goes on over a footer that cannot be read`() throws {
        let sealed = try Sealed()
        for offset in [0, UInt64(try sealed.bytes(1).count) - 700] {
            let storage = SimulatedStorage(disk: sealed.disk)
            storage.inject(
                Fault(
                    .read, .exactly(sealed.path(1)), region: offset..<offset + 1, .every,
                    .fail(ErrorNumber.inputOutput)))
            var verifier = LogVerifier(
                platform: SimulatedPlatform(disk: storage, seed: 9), index: TestIndex(),
                options: LogVerifier<SimulatedPlatform, TestIndex>.Options())
            let report = try verifier.run()
            #expect(report.verdict == .corruptSealed)
            #expect(report.findings.contains { $0.damage.file == sealed.path(1) })
            #expect(report.months.map(\.amounts) == [.incomplete])
        }
    }

    @Test func `a segment that is gone comes back, and there is nothing to keep`() throws {
        let sealed = try Sealed()
        let storage = SimulatedStorage(disk: sealed.disk)
        try storage.remove(sealed.path(0))
        let report = try sealed.run(on: storage) { $0.selection = .quick }
        #expect(report.damaged.map(\.outcome) == [.repaired(kept: nil)])
        #expect(try storage.crash().settled().bytes(of: sealed.path(0)) == sealed.bytes(0))
    }

    /// At each operation, every disk a crash may leave holds the damaged segment or the good one, whole, and
    /// repairing again ends as repairing once.
    @Test func `a crash leaves the old file or the new one`() throws {
        let sealed = try Sealed()
        var disk = sealed.disk
        Self.note(sealed.entries[1].sequences, of: sealed, on: &disk)
        disk.flipBit(sealed.path(1), at: 5000, bit: 1)
        let (good, bad) = (try sealed.bytes(1), try #require(disk.bytes(of: sealed.path(1))))
        let moments = Moments()
        let storage = SimulatedStorage(disk: disk)
        storage.onOperation { _, disk in moments.disks.withLock { $0.append(disk) } }
        let report = try sealed.run(on: storage) { $0.selection = .quick }
        let copy = try #require(Self.kept(report).first)
        var options = CrashImages.Options(seed: 1, sampleCount: 4)
        options.exhaustiveLimit = 16
        options.reordersMetadata = true
        var goodCount = 0
        var badCount = 0
        for moment in moments.disks.withLock({ $0 }) + [storage.crash()] {
            for crash in CrashImages(of: moment, options: options) {
                let found = crash.image.bytes(of: sealed.path(1))
                goodCount += found == good ? 1 : 0
                badCount += found == bad ? 1 : 0
                #expect(found == good || found == bad, "\(crash.description)")
                // What is replaced was kept before.
                if found == good { #expect(crash.image.bytes(of: copy.path) == bad, "\(crash.description)") }
                let again = SimulatedStorage(disk: crash.image)
                _ = try sealed.run(on: again) { $0.selection = .quick }
                let after = again.crash().settled()
                #expect(after.bytes(of: sealed.path(1)) == good)
                #expect(after.paths.filter { $0.parent == ShardPaths.quarantine } == [copy.path])
                _ = try TestLog(on: after, time: sealed.time, seed: 4)
            }
        }
        #expect(goodCount > 0 && badCount > 0)
    }

    /// Killed is not cut: the next repair finds the good file under the name and has nothing to do. Its word
    /// must outlast the power.
    @Test func `a repair that finds the work of a killed one done makes it last`() throws {
        let sealed = try Sealed()
        var disk = sealed.disk
        Self.note(sealed.entries[1].sequences, of: sealed, on: &disk)
        disk.flipBit(sealed.path(1), at: 5000, bit: 1)
        let good = try sealed.bytes(1)
        let moments = Moments()
        let storage = SimulatedStorage(disk: disk)
        storage.onOperation { _, disk in moments.disks.withLock { $0.append(disk) } }
        _ = try sealed.run(on: storage) { $0.selection = .quick }
        var options = CrashImages.Options(seed: 2, sampleCount: 4)
        options.exhaustiveLimit = 16
        options.reordersMetadata = true
        var foundDone = 0
        for moment in moments.disks.withLock({ $0 }) {
            let again = SimulatedStorage(disk: moment)
            foundDone += moment.bytes(of: sealed.path(1)) == good ? 1 : 0
            _ = try sealed.run(on: again) { $0.selection = .quick }
            for crash in CrashImages(of: again.crash(), options: options) {
                #expect(crash.image.bytes(of: sealed.path(1)) == good, "\(crash.description)")
            }
        }
        #expect(foundDone > 0)
    }

    /// The disk before each operation.
    private final class Moments: Sendable {
        let disks = Mutex<[SimulatedDisk]>([])
    }

    @Test func `an archive that has not the segment changes nothing`() throws {
        let sealed = try Sealed()
        var disk = sealed.disk
        disk.flipBit(sealed.path(1), at: 5000, bit: 1)
        let storage = SimulatedStorage(disk: disk)
        let before = Self.contents(storage)
        sealed.archived.tamper { [name = sealed.name(1)] in $0.flipBit(name, at: 5000, bit: 2) }
        guard case .damaged(let damage) = Self.failure(try sealed.run(on: storage)) else {
            Issue.record("took a damaged copy")
            return
        }
        #expect(damage.file == sealed.name(1))
        #expect(Self.contents(storage) == before)
        try sealed.archived.remove(sealed.name(1))
        guard case .notReadable(_, let reason) = Self.failure(try sealed.run(on: storage)) else {
            Issue.record("took a copy of another ledger")
            return
        }
        #expect(reason.contains("\(sealed.ledger)"))
        #expect(Self.contents(storage) == before)
    }

    /// The archive changed its mind between telling its hash and giving the bytes.
    @Test func `only what was read back is given the name`() throws {
        let sealed = try Sealed()
        var disk = sealed.disk
        disk.flipBit(sealed.path(1), at: 5000, bit: 1)
        let storage = SimulatedStorage(disk: disk)
        let before = Self.contents(storage)
        storage.inject(Fault(.read, .suffix("fetch.tmp"), .every, .fail(ErrorNumber.inputOutput)))
        #expect(Self.failure(try sealed.run(on: storage)) != nil)
        storage.clearFaults()
        storage.inject(Fault(.sync, .suffix("repair.tmp"), .every, .fail(ErrorNumber.noSpace)))
        #expect(Self.failure(try sealed.run(on: storage)) != nil)
        storage.clearFaults()
        var after = Self.contents(storage)
        // The next open removes it.
        after[ShardPaths.quarantine / "repair.tmp"] = nil
        #expect(after == before)
    }

    @Test func `a dry run changes nothing and takes no lock, and a repair never works beside a writer`()
        throws
    {
        let sealed = try Sealed()
        var disk = sealed.disk
        disk.flipBit(sealed.path(1), at: 5000, bit: 1)
        let storage = SimulatedStorage(disk: disk)
        let log = try LogStore.open(
            platform: SimulatedPlatform(disk: storage, seed: 3),
            options: try TestLog.options(isEncrypted: false), index: TestIndex(), time: sealed.time)
        let before = Self.contents(storage)
        #expect(try sealed.run(on: storage) { $0.isDryRun = true }.damaged.map(\.outcome) == [.repairable])
        #expect {
            _ = try sealed.run(on: storage)
        } throws: { error in
            if case LogStoreError.locked = error { true } else { false }
        }
        #expect(Self.contents(storage) == before)
        withExtendedLifetime(log) {}
    }

    @Test func `one can say which segments are read`() throws {
        let sealed = try Sealed()
        var disk = sealed.disk
        for index in 0..<2 { disk.flipBit(sealed.path(index), at: 5000, bit: 1) }
        let storage = SimulatedStorage(disk: disk)
        // Blocks of segments that nobody suspects are not read.
        #expect(try sealed.run(on: storage) { $0.selection = .quick }.damaged.isEmpty)
        let inside = sealed.entries[1].sequences.lowerBound + 3
        let chosen = try sealed.run(on: storage) { $0.selection = .holding([inside, inside + 1]) }
        #expect(chosen.checkedCount == 1 && chosen.damaged.map(\.file) == [sealed.path(1)])
        #expect(try sealed.run(on: storage).damaged.map(\.file) == [sealed.path(0)])
        #expect {
            _ = try sealed.run(on: storage) { $0.selection = .holding([1 << 40]) }
        } throws: { error in
            if case LogStoreError.notReadable = error { true } else { false }
        }
    }
}
