/// Checks a whole log, as far as the given keys allow, without changing a byte; beside a running writer
/// too.
///
///     checksums → decryption → decompression → leaves → roots → signatures → totals → the log's own acts
///
/// With keys for every month each event is read, hashed into the tree and summed. Without keys the
/// chains of manifests and roots, signatures, file hashes, headers and checksums are checked, and the
/// report says so. Damage is collected, each with file, offset and sequences; only a disk that fails
/// otherwise, or a directory that is not a log, throws. Used by one thread, which starts others for the
/// segments.
package struct LogVerifier<P: Platform, Index: EventIndex> {
    let platform: P
    let paths: ShardPaths
    let index: Index
    let options: Options
    let progress: VerificationProgress
    /// Segments checked so far, so that looking again at a log in motion does not read them twice.
    var checkedSegments: [LogUUID: SegmentVerification<P.Disk, Index>.Outcome] = [:]

    package struct Options: Sendable {
        package var shard: UInt32 = 0
        package var keys = ReadingKeys.none
        /// The key the log must be signed with; nil believes the one in its superblock.
        package var expectedKey: NoteVerifyingKey?
        /// A checkpoint kept from earlier: the log must extend it.
        package var earlierCheckpoint: [UInt8]?
        /// Threads that check segments.
        package var jobs = 1
        package var frameBytesMax = FrameHeader.totalLengthMax

        package init() {}
    }

    package init(
        platform: P, index: Index, options: Options, progress: VerificationProgress = VerificationProgress()
    ) {
        self.platform = platform
        self.index = index
        self.options = options
        self.progress = progress
        paths = ShardPaths(shard: options.shard)
    }

    var disk: P.Disk { platform.disk }

    func directory(of pass: Pass) -> DirectoryReader<P.Disk> {
        DirectoryReader(disk: disk, paths: paths, ledger: pass.superblock.ledger)
    }

    /// One look at the log: what is collected while it lasts.
    struct Pass {
        var report: VerificationReport
        let superblock: Superblock
        let identity: LogIdentity
        let encryption: LogEncryption
        var manifests: [PartitionManifest] = []
        var walFiles: [WALFileRecord] = []
        var evidence = DurabilityEvidence()
        var acts: [RecordedAct] = []
        var claims: [RootClaim] = []
        /// Roots known from chains that were checked: at segments' and frames' edges.
        var knownRoots: [UInt64: Hash256] = [:]
        /// Closed months' statements, by yyyymm.
        var statements: [UInt32: [UInt8]] = [:]
        /// Months' totals, by yyyymm.
        var totals: [UInt32: VerificationReport.MonthSummary] = [:]

        mutating func find(
            _ verdict: Verdict, _ file: StoragePath, at offset: UInt64, _ what: String,
            sequences: Range<UInt64>? = nil, isRepairable: Bool = false
        ) {
            report.findings.append(
                VerificationReport.Finding(
                    verdict: verdict, damage: Damage(file: file, offset: offset, what), sequences: sequences,
                    isRepairable: isRepairable))
        }
    }

    /// Looks until the log held still long enough: a running writer seals, removes and reuses files
    /// meanwhile.
    package mutating func run() throws(LogStoreError) -> VerificationReport {
        var attempt = 1
        while true {
            var pass = try begin()
            do throws(LogStoreError) {
                try check(&pass)
            } catch .storage(let error) where error.code == ErrorNumber.notFound && attempt < Self.attemptsMax
            {
                attempt += 1
                continue
            }
            let now = try SuperblockStore.read(paths.superblock, on: disk).superblock.sequence
            let isSettled = pass.report.damages.isEmpty || now == pass.superblock.sequence
            if isSettled || attempt == Self.attemptsMax { return finish(pass) }
            attempt += 1
        }
    }

    private static var attemptsMax: Int { 6 }

    private func begin() throws(LogStoreError) -> Pass {
        let (superblock, faults) = try SuperblockStore.read(paths.superblock, on: disk)
        let stored = LogIdentity(superblock)
        let expected = options.expectedKey ?? stored.verifyingKey
        let identity = LogIdentity(
            ledger: superblock.ledger, shard: superblock.shard, key: expected.key.bytes)
        var pass = Pass(
            report: VerificationReport(
                ledger: superblock.ledger, shard: superblock.shard, origin: identity.origin, key: expected),
            superblock: superblock, identity: identity,
            encryption: try options.keys.encryption(of: superblock, on: platform))
        for fault in faults {
            pass.find(.corruptSuperblock, fault.file, at: fault.offset, fault.what, isRepairable: true)
        }
        switch superblock.standing {
        case .ordinary: break
        case .unpromoted: pass.report.notes.append("a fork that nobody has promoted: it is only read")
        case .unfinished: pass.report.notes.append("a restore that has not finished: it is not opened")
        }
        if expected.key != stored.verifyingKey.key || superblock.shard != options.shard {
            pass.find(
                .corruptSuperblock, paths.superblock, at: 156,
                "names shard \(superblock.shard) and key \(stored.verifyingKey.label), "
                    + "expected shard \(options.shard) and \(expected.label)")
        }
        return pass
    }

    /// Evidence first: what it proves durable must be there when the files are read afterwards.
    private mutating func check(_ pass: inout Pass) throws(LogStoreError) {
        pass.evidence.note(pass.superblock.durableSequence, "the superblock")
        pass.claims.append(
            RootClaim(
                size: pass.superblock.durableSequence, root: pass.superblock.root,
                place: Damage(file: paths.superblock, offset: 96, "the superblock"),
                verdict: .corruptCommitted))
        try checkWatermark(&pass)
        try checkCheckpoint(&pass)
        try checkManifests(&pass)
        try checkSegments(&pass)
        try checkScrubRecord(&pass)
        try checkWAL(&pass)
        try checkUnlisted(&pass)
        try checkActs(&pass)
        try checkTiles(&pass)
        try checkClaims(&pass)
    }

    private func finish(_ pass: Pass) -> VerificationReport {
        var report = pass.report
        report.provenEnd = min(pass.evidence.durableEnd, report.size)
        report.months = pass.totals.values.sorted { $0.month < $1.month }
        report.findings.sort {
            ($0.damage.file.description, $0.damage.offset) < ($1.damage.file.description, $1.damage.offset)
        }
        return report
    }
}

/// An act of LogStore's own, met at its sequence.
struct RecordedAct: Sendable {
    var sequence: UInt64
    var act: ReservedEvent
    /// Where it stands, for the report.
    var file: StoragePath

    /// What it means if it is not true.
    var verdict: Verdict {
        file.name.hasSuffix(ShardPaths.Ending.segment) ? .corruptSealed : .corruptCommitted
    }
}

/// Something says: over the first `size` events the root is `root`.
struct RootClaim: Sendable {
    var size: UInt64
    var root: Hash256
    /// Who says so, and where.
    var place: Damage
    var verdict: Verdict
    /// Said by a cache that is rebuilt from the log.
    var isRepairable = false
    /// The auditor's own checkpoint, judged apart.
    var isEarlierCheckpoint = false
}
