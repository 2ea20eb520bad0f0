import LogStore
import Simulation
import TestSupport
import Testing

@Suite struct LogVerifierTests {
    @Test(arguments: [false, true])
    func `a whole log is found whole, to the last event, root and total`(isEncrypted: Bool) throws {
        let log = try VerifiedLog(isEncrypted: isEncrypted)
        let report = try log.verify()
        #expect(report.findings == [])
        #expect(report.isFullCheck)
        #expect(report.size == log.size)
        #expect(report.counts.eventsHashed == log.size)
        #expect(report.counts.segments >= 3)
        #expect(report.counts.rootsNotCompared == 0)
        #expect(report.counts.rootsCompared > 10)
        #expect(report.months.map(\.isClosed) == [true, false])
        #expect(report.months.allSatisfy { $0.amounts == .recomputed })
        let payments = report.months.map { $0.totals.rows.first { $0.type == 1 && $0.currency == 978 } }
        #expect(payments.map { $0?.count } == [800, 800])
        let november = (0..<800 as Range<Int128>).reduce(0) { $0 + 100 + $1 }
        let december = (800..<1600 as Range<Int128>).reduce(0) { $0 + 100 + $1 % 1000 }
        #expect(payments[0]?.sum == november)
        #expect(payments[1]?.sum == december)
    }

    @Test func `without keys an encrypted log is checked by chains, and the report says so`() throws {
        let log = try VerifiedLog(isEncrypted: true)
        let report = try log.verify(withKey: false)
        #expect(report.findings == [])
        #expect(!report.isFullCheck)
        #expect(report.counts.eventsHashed == 0)
        #expect(report.size == log.size)
        #expect(report.months.allSatisfy { $0.amounts == .incomplete })
    }

    @Test(arguments: [true, false])
    func `a flipped bit anywhere in a sealed segment is found with its file and sequences`(withKey: Bool)
        throws
    {
        let log = try VerifiedLog(isEncrypted: true)
        for path in log.segments {
            let range = try #require(ShardPaths.parseSegmentName(path.name))
            let count = try #require(log.disk.bytes(of: path)).count
            for offset in stride(from: 0, to: count, by: withKey ? 1303 : 449) {
                let report = try log.verify(
                    { $0.flipBit(path, at: offset, bit: offset % 8) }, withKey: withKey)
                #expect(report.verdict == .corruptSealed, "offset \(offset) of \(path)")
                let finding = report.damages.first { $0.damage.file == path }
                #expect(finding != nil, "offset \(offset) of \(path): \(report.findings)")
                let sequences = try #require(finding?.sequences)
                #expect(range.lowerBound <= sequences.lowerBound && sequences.upperBound <= range.upperBound)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a sector of a sealed file that cannot be read is damage like any other`(withKey: Bool) throws {
        let log = try VerifiedLog(isEncrypted: true)
        let path = try #require(log.segments.first)
        let size = UInt64(try #require(log.disk.bytes(of: path)).count)
        let keys: ReadingKeys =
            withKey ? log.key.map { .keyEncryptionKey($0) } ?? .none : .none
        for sector in stride(from: 0, to: size, by: 1024) {
            let storage = SimulatedStorage(disk: log.disk)
            storage.inject(
                Fault(
                    .read, .exactly(path), region: sector..<min(sector + 512, size), .every,
                    .fail(ErrorNumber.inputOutput)))
            let report = try VerifiedLog.verify(storage, keys: keys)
            #expect(report.verdict == .corruptSealed, "sector at \(sector)")
            #expect(report.damages.contains { $0.damage.file == path }, "sector at \(sector)")
        }
    }

    @Test(arguments: [true, false])
    func `a flipped bit anywhere in committed frames is found`(withKey: Bool) throws {
        let log = try VerifiedLog(isEncrypted: true)
        for path in log.walFiles {
            let bytes = try #require(log.disk.bytes(of: path))
            let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
            for offset in stride(from: 0, to: end, by: 509) {
                let report = try log.verify(
                    { $0.flipBit(path, at: offset, bit: offset % 8) }, withKey: withKey)
                #expect(!report.damages.isEmpty, "offset \(offset) of \(path)")
            }
        }
    }

    @Test func `every other damage has its verdict and place`() throws {
        let log = try VerifiedLog(isEncrypted: true)
        let first = try #require(log.segments.first)
        let last = try #require(log.segments.last)
        let wal = try #require(log.walFiles.last)
        let manifest = StoragePath("shard-0000/log/2026-11/PARTITION")
        let close = StoragePath("shard-0000/log/2026-11/CLOSE")
        let watermark = StoragePath("shard-0000/watermark")
        let cases: [(String, Verdict, StoragePath, (inout SimulatedDisk) -> Void)] = [
            ("an old segment is missing", .corruptSealed, first, { $0.removeFile(first) }),
            ("a segment lost its end", .corruptSealed, last, { $0.cut(last, at: 9000) }),
            ("an old block was zeroed", .corruptSealed, first, { $0.zeroSector(first, at: 5000) }),
            ("sectors changed places", .corruptSealed, first, { $0.swapSectors(first, at: 4700, and: 5800) }),
            (
                "one segment stands where another belongs", .corruptSealed, first,
                { disk in
                    let bytes = disk.bytes(of: last) ?? []
                    disk.placeFile(first, bytes)
                }
            ),
            ("a manifest is missing", .corruptSealed, manifest, { $0.removeFile(manifest) }),
            ("a manifest is damaged", .corruptSealed, manifest, { $0.flipBit(manifest, at: 140, bit: 1) }),
            ("a month statement is missing", .corruptSealed, close, { $0.removeFile(close) }),
            ("a month statement was changed", .corruptSealed, close, { $0.flipBit(close, at: 30, bit: 0) }),
            (
                "both watermark slots are bad", .ambiguous, watermark,
                {
                    $0.flipBit(watermark, at: 30, bit: 1)
                    $0.flipBit(watermark, at: 4200, bit: 1)
                }
            ),
            (
                "the last file lost its frames", .corruptCommitted, wal,
                { disk in
                    let count = disk.bytes(of: wal)?.count ?? 0
                    disk.replace(wal, at: 4096, [UInt8](repeating: 0, count: count - 4096))
                }
            ),
            (
                "a foreign segment lies there", .corruptSealed,
                StoragePath("shard-0000/log/2026-11/00000000000000009000-00000000000000009255.seg"),
                {
                    $0.placeFile(
                        StoragePath("shard-0000/log/2026-11/00000000000000009000-00000000000000009255.seg"),
                        [UInt8](repeating: 7, count: 5000))
                }
            ),
        ]
        for (name, verdict, file, damage) in cases {
            for withKey in [true, false] {
                let report = try log.verify(damage, withKey: withKey)
                #expect(
                    report.damages.contains { $0.verdict == verdict && $0.damage.file == file },
                    "\(name), with key \(withKey): \(report.findings)")
            }
        }
    }

    @Test func `a bad redundant copy is told and is no damage`() throws {
        let log = try VerifiedLog(isEncrypted: true)
        for (path, offset) in [("superblock", 5000), ("watermark", 4200), ("checkpoint", 20)] {
            let report = try log.verify({ $0.flipBit(StoragePath("shard-0000/\(path)"), at: offset, bit: 0) })
            #expect(report.damages == [])
            #expect(report.findings.count == 1)
            #expect(report.verdict == .cleanEnd)
        }
    }

    @Test func `what scrubbing noted is in the report, and a bad record is no damage`() throws {
        let log = try VerifiedLog(isEncrypted: true)
        let path = ShardPaths(shard: 0).scrub
        let record = ScrubRecord(ledger: try log.verify().ledger, next: 256, damaged: 256..<512)
        let noted = try log.verify { $0.placeFile(path, record.encoded) }
        #expect(noted.findings == [])
        #expect(noted.notes.contains { $0.contains("sequences 256..<512 damaged") })
        #expect(try log.verify().notes.allSatisfy { !$0.contains("scrubbing") })
        let bad = try log.verify {
            $0.placeFile(path, record.encoded)
            $0.flipBit(path, at: 40, bit: 0)
        }
        #expect(bad.findings.map(\.damage.file) == [path])
        #expect(bad.damages == [])
        #expect(bad.notes.allSatisfy { !$0.contains("scrubbing") })
    }

    @Test func `a checkpoint kept from earlier is extended`() throws {
        for isEncrypted in [false, true] {
            let log = try VerifiedLog(isEncrypted: isEncrypted)
            let report = try log.verify(change: { $0.earlierCheckpoint = log.earlyCheckpoint })
            guard case .extended(let size) = report.earlier else {
                Issue.record("\(String(describing: report.earlier))")
                continue
            }
            #expect(size > 500 && size < log.size)
        }
    }

    /// The operator rewrites one old event and makes everything after it anew, with all the keys:
    /// nothing inside the log contradicts it. Only what an auditor kept does.
    @Test func `history rewritten with the right keys is caught by the old checkpoint alone`() throws {
        let honest = try VerifiedLog(isEncrypted: true)
        let forged = try VerifiedLog(isEncrypted: true, changed: 3)
        let alone = try forged.verify()
        #expect(alone.findings == [])
        let first = try honest.verify()
        #expect(alone.ledger == first.ledger && alone.key == first.key && alone.size == first.size)
        #expect(alone.root != first.root)
        let report = try forged.verify(change: { $0.earlierCheckpoint = honest.earlyCheckpoint })
        guard case .contradicted(_, let why) = report.earlier else {
            Issue.record("\(String(describing: report.earlier))")
            return
        }
        #expect(why.contains("root over"))
    }

    @Test func `a log shortened with the right keys is caught by the old checkpoint`() throws {
        let log = try VerifiedLog(isEncrypted: false)
        let storage = SimulatedStorage()
        let platform = SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10), seed: 1)
        try LogStore.open(
            platform: platform, options: LogStoreTests.options(), index: TestIndex(),
            time: TestEvents.november
        ).close()
        let report = try VerifiedLog.verify(storage.crash(), keys: .none) {
            $0.earlierCheckpoint = log.earlyCheckpoint
        }
        #expect(report.findings == [])
        guard case .contradicted(_, let why) = report.earlier else {
            Issue.record("\(String(describing: report.earlier))")
            return
        }
        #expect(why.contains("the log has"))
    }

    @Test func `a log signed with another key than the auditor's is refused`() throws {
        let log = try VerifiedLog(isEncrypted: false)
        let other = SigningKey(seed: SecretKey(copying: [UInt8](repeating: 5, count: 32)))
        let own = try log.verify().key
        let report = try log.verify(change: {
            $0.expectedKey = NoteVerifyingKey(name: own.name, key: other.verifyingKey)
        })
        #expect(report.verdict == .corruptSuperblock)
        #expect(report.damages.contains { $0.verdict == .corruptSealed })
    }

    @Test func `a grant opens exactly its month`() throws {
        let log = try VerifiedLog(isEncrypted: true)
        let platform = SimulatedPlatform(
            disk: SimulatedStorage(disk: log.disk), clock: SimulatedClock(), seed: 3)
        let superblock = try SuperblockStore.read(ShardPaths(shard: 0).superblock, on: platform.disk)
            .superblock
        let keys = try LogKeys.load(
            platform: platform, ledger: superblock.ledger, generation: superblock.keyringGeneration,
            key: log.key,
            forWriting: false)
        guard case .on(let months) = keys.encryption else { return }
        let auditor = AuditorPrivateKey(randomFrom: platform)
        let bytes = try KeyGrant.make(
            months: [202611], from: months, to: auditor.publicKey, platform: platform)
        let report = try VerifiedLog.verify(log.disk, keys: .grant(try KeyGrant.open(bytes, with: auditor)))
        #expect(report.findings == [])
        #expect(report.months.map(\.amounts) == [.recomputed, .incomplete])
        #expect(report.counts.eventsHashed == report.months[0].totals.eventCount)
        #expect(report.counts.eventsHashed == UInt64(report.months[0].sequences.count))
    }

    @Test func `of an evicted month the stubs are checked, and the report calls itself partial`() throws {
        let test = try TestLog(isEncrypted: true)
        let november = try #require(Month(number: 202_611))
        try test.append(groups: 40, of: 40)
        for _ in 0..<3 {
            try test.append(groups: 40, of: 40, time: Month(containing: test.log.position.lastTime).end)
        }
        try test.sealAll()
        try test.log.parts.closeMonths()
        try test.settle()
        let archive = DirectoryArchive(disk: SimulatedStorage())
        let count = try test.log.archive(november, to: archive)
        #expect(try test.log.evict(november, from: archive) == count)
        try test.settle()
        try test.log.signCheckpoint()
        let disk = test.storage.crash()
        let key = try KeyEncryptionKey(text: VerifiedLog.kek)
        for keys in [.keyEncryptionKey(key), .none] as [ReadingKeys] {
            let report = try VerifiedLog.verify(disk, keys: keys)
            #expect(report.findings == [])
            #expect(!report.isFullCheck && report.counts.evictedSegments == count)
            let stub = try #require(disk.paths.first { $0.name.hasSuffix(".stub") })
            #expect(
                try FileInspector(disk: SimulatedStorage(disk: disk), listsEverything: true).inspect(stub)
                    .faults == [])
            var damaged = disk
            damaged.flipBit(stub, at: (disk.bytes(of: stub)?.count ?? 512) - 300, bit: 0)
            #expect(try VerifiedLog.verify(damaged, keys: keys).damages.contains { $0.damage.file == stub })
            damaged.removeFile(stub)
            #expect(try VerifiedLog.verify(damaged, keys: keys).damages.contains { $0.damage.file == stub })
        }
    }

    @Test func `what recovery cut must be in quarantine, byte for byte`() throws {
        let log = try VerifiedLog(isEncrypted: false, endsCleanly: false)
        var disk = log.disk
        let wal = try #require(log.walFiles.last)
        let bytes = try #require(disk.bytes(of: wal))
        let end = ((bytes.lastIndex { $0 != 0 } ?? 0) / 4096 + 1) * 4096
        disk.replace(wal, at: end, [UInt8](repeating: 0xAB, count: 700))
        let torn = try VerifiedLog.verify(disk, keys: .none)
        #expect(torn.damages == [])
        #expect(torn.notes.contains { $0.contains("torn write") })
        let storage = SimulatedStorage(disk: disk)
        let platform = SimulatedPlatform(
            disk: storage, clock: SimulatedClock(wall: TestEvents.november, monotonic: 0, step: 10), seed: 4)
        try LogStore.open(platform: platform, options: LogStoreTests.options(), index: TestIndex()).close()
        var recovered = storage.crash()
        let whole = try VerifiedLog.verify(recovered, keys: .none)
        #expect(whole.damages == [])
        #expect(whole.notes.contains { $0.contains("left 4096 bytes aside") })
        let kept = try #require(recovered.paths.first { $0.parent == StoragePath("quarantine") })
        recovered.flipBit(kept, at: 9, bit: 0)
        #expect(try VerifiedLog.verify(recovered, keys: .none).verdict == .corruptCommitted)
        recovered.removeFile(kept)
        #expect(try VerifiedLog.verify(recovered, keys: .none).verdict == .corruptCommitted)
    }

    @Test func `inspecting any file, whole or damaged, tells and never stops the process`() throws {
        let log = try VerifiedLog(isEncrypted: true)
        let whole = FileInspector(disk: SimulatedStorage(disk: log.disk), listsEverything: true)
        for path in try whole.files(shard: 0) {
            #expect(try whole.inspect(path).faults == [], "\(path)")
            let count = log.disk.bytes(of: path)?.count ?? 0
            for offset in stride(from: 0, to: count, by: max(1, count / 23)) {
                var disk = log.disk
                disk.flipBit(path, at: offset, bit: 3)
                _ = try FileInspector(disk: SimulatedStorage(disk: disk), listsEverything: true).inspect(path)
                disk = log.disk
                disk.cut(path, at: offset)
                _ = try FileInspector(disk: SimulatedStorage(disk: disk), listsEverything: true).inspect(path)
            }
        }
    }
}
