/// What the events read so far record of the log's own acts: of each kind the newest.
package struct RecordedActs: Sendable, Equatable {
    /// End of the newest segment an act names; 0 if none was met.
    package private(set) var sealedEnd: UInt64 = 0
    package private(set) var closed: Month?
    /// 0 if none was met.
    package private(set) var keyringGeneration: UInt64 = 0
    /// Manifest generation of each month's newest eviction.
    package private(set) var evictions: [Month: UInt64] = [:]
    /// Whether a fork was met: acts before it are another ledger's.
    package private(set) var isForked = false

    package init() {}

    /// Takes in what older events record, unless a fork came after them.
    package mutating func add(older: RecordedActs) {
        if isForked { return }
        sealedEnd = max(sealedEnd, older.sealedEnd)
        if let month = older.closed { closed = max(closed ?? month, month) }
        keyringGeneration = max(keyringGeneration, older.keyringGeneration)
        evictions.merge(older.evictions) { max($0, $1) }
        isForked = older.isForked
    }

    package mutating func note(_ act: ReservedEvent) {
        switch act {
        case .segmentSealed(let range): sealedEnd = max(sealedEnd, range.sequences.upperBound)
        case .monthClosed(let month, _, _, _): closed = max(closed ?? month, month)
        case .keyringWritten(let generation, _): keyringGeneration = max(keyringGeneration, generation)
        case .monthEvicted(let month, _, let generation):
            evictions[month] = max(evictions[month] ?? 0, generation)
        case .forked:
            self = RecordedActs()
            isForked = true
        case .epochStart, .cleanEnd, .checkpointSigned: break
        }
    }
}

/// Finds the acts that happened and are not in the log: the process died, or the device was full, between
/// the act and its event.
///
/// What happened stands in manifests and keyring. Segments are sealed, and months closed, in order, and
/// their events are appended in that order, lost ones first of all; so of each kind the newest event tells
/// which are missing. It is looked for where recovery reads anyway, in the write-ahead files, and from there
/// back, segment by segment, by the control totals, which count events by type; only a segment that holds
/// one is read. After a clean end nothing is missing and nothing is looked for.
///
/// Every segment passed on the way back is one whose own act is missing too, or, for months and keys, one of
/// at most about a month; while months are evicted whose acts are not met, the totals of all that is here. A
/// segment on the way that is evicted or not readable ends the search for what it may hold: that counts as
/// recorded, for an act must never stand in the log twice. It cannot hold the eviction of a month that ends
/// after it.
package struct LostActs<P: Platform> {
    private let disk: P.Disk
    private let paths: ShardPaths
    private let ledger: LogUUID
    private let verifyingKey: VerifyingKey
    private let encryption: LogEncryption
    private let manifests: [PartitionManifest]
    private let keyring: (generation: UInt64, keyID: LogUUID)
    private var recorded: RecordedActs
    /// Kinds that an unreadable segment may hold the newest of.
    private var assumed: Set<Kind> = []
    /// Evictions of months that end before this may be recorded in such a segment.
    private var evictionsAssumedBefore: UInt64 = 0

    private enum Kind: UInt16, CaseIterable {
        case keyring = 0xFF03
        case sealed = 0xFF04
        case closed = 0xFF06
        case evicted = 0xFF07
        /// Ends the search: before it nothing counts.
        case forked = 0xFF08
    }

    /// The missing acts, in the order in which they are to be appended.
    ///
    /// - Parameter before: the superblock as the process before left it.
    package static func find(
        _ platform: P, _ examination: LogExamination, before: Superblock, keys: LogKeys<P>
    ) throws(LogStoreError) -> [ReservedEvent] {
        // Making a log is no act.
        guard examination.position.nextSequence > 0 else { return [] }
        var search = LostActs(platform, examination, keys)
        if before.isClean && examination.position.endsCleanly {
            // Loading it may just have written the keyring anew.
            return search.keyring.generation > before.keyringGeneration ? [search.keyringAct] : []
        }
        try search.goBack()
        return search.missing
    }

    private init(_ platform: P, _ examination: LogExamination, _ keys: LogKeys<P>) {
        disk = platform.disk
        paths = ShardPaths(shard: examination.superblock.shard)
        ledger = examination.superblock.ledger
        verifyingKey = keys.signingKey.verifyingKey
        encryption = keys.encryption
        manifests = examination.manifests
        keyring = (keys.generation, keys.wrapping?.id ?? .zero)
        recorded = examination.position.recorded
    }

    // MARK: What happened

    private var closedMonths: [PartitionManifest] { manifests.filter(\.isClosed) }
    private var evictedMonths: [PartitionManifest] {
        manifests.filter { $0.entries.contains { !$0.isLocal } }
    }
    private var unassumedEvictions: [PartitionManifest] {
        evictedMonths.filter { $0.entries.last?.sequences.upperBound ?? 0 >= evictionsAssumedBefore }
    }
    private var keyringAct: ReservedEvent {
        .keyringWritten(generation: keyring.generation, keyID: keyring.keyID)
    }

    private var missing: [ReservedEvent] {
        var acts: [ReservedEvent] = []
        if !assumed.contains(.sealed) { acts += manifests.flatMap { sealings(of: $0) } }
        if !assumed.contains(.closed) { acts += closedMonths.compactMap { closing(of: $0) } }
        acts += unassumedEvictions.compactMap { eviction(of: $0) }
        if !assumed.contains(.keyring), keyring.generation > recorded.keyringGeneration {
            acts.append(keyringAct)
        }
        return acts
    }

    private func sealings(of manifest: PartitionManifest) -> [ReservedEvent] {
        manifest.entries.filter { $0.sequences.upperBound > recorded.sealedEnd }.map { entry in
            .segmentSealed(ReservedEvent.SealedRange(entry, month: manifest.month))
        }
    }

    private func closing(of manifest: PartitionManifest) -> ReservedEvent? {
        guard recorded.closed.map({ $0 < manifest.month }) ?? true, let last = manifest.entries.last else {
            return nil
        }
        return .monthClosed(
            month: manifest.month, endSequence: last.sequences.upperBound, root: last.rootAfter,
            statement: manifest.statementHash)
    }

    /// A month's manifest does not change any more while its segments are away: its generation is the
    /// eviction's.
    private func eviction(of manifest: PartitionManifest) -> ReservedEvent? {
        guard recorded.evictions[manifest.month] ?? 0 < manifest.generation else { return nil }
        let count = manifest.entries.filter { !$0.isLocal }.count
        return .monthEvicted(
            month: manifest.month, segmentCount: UInt32(count), generation: manifest.generation)
    }

    // MARK: What is recorded

    /// Kinds whose newest event may still stand below `end`: an act comes after what it is about.
    private func sought(below end: UInt64) -> Set<Kind> {
        var kinds: Set<Kind> = []
        func isBefore(_ entry: PartitionManifest.Entry?) -> Bool {
            entry.map { $0.sequences.upperBound < end } ?? false
        }
        let oldest = manifests.first { !$0.entries.isEmpty }?.entries.first
        if recorded.sealedEnd == 0, isBefore(oldest) { kinds.insert(.sealed) }
        if recorded.closed == nil, isBefore(closedMonths.first?.entries.last) { kinds.insert(.closed) }
        let unrecorded = unassumedEvictions.first { recorded.evictions[$0.month] == nil }
        if isBefore(unrecorded?.entries.last) { kinds.insert(.evicted) }
        if recorded.keyringGeneration == 0, keyring.generation > 0 { kinds.insert(.keyring) }
        kinds.subtract(assumed)
        if recorded.isForked || kinds.isEmpty { return [] }
        return kinds.union([.forked])
    }

    private mutating func goBack() throws(LogStoreError) {
        for manifest in manifests.reversed() {
            for entry in manifest.entries.reversed() {
                let kinds = sought(below: entry.sequences.upperBound)
                if kinds.isEmpty { return }
                try look(in: entry, manifest.month, for: kinds)
            }
        }
    }

    private mutating func look(
        in entry: PartitionManifest.Entry, _ month: Month, for kinds: Set<Kind>
    ) throws(LogStoreError) {
        var held = kinds
        do throws(LogStoreError) {
            held.formIntersection(try self.kinds(in: entry, month))
            if held.isEmpty { return }
            try read(entry, month)
        } catch {
            // Opening does not depend on old segments being whole; whoever reads this one names the damage.
            switch error {
            case .damaged, .notReadable, .wrongKey: assume(held, in: entry)
            case .storage(let storage)
            where storage.code == ErrorNumber.inputOutput || storage.code == ErrorNumber.notFound:
                assume(held, in: entry)
            default: throw error
            }
        }
    }

    private mutating func assume(_ kinds: Set<Kind>, in entry: PartitionManifest.Entry) {
        assumed.formUnion(kinds.subtracting([.evicted]))
        guard kinds.contains(.evicted) else { return }
        evictionsAssumedBefore = max(evictionsAssumedBefore, entry.sequences.upperBound)
    }

    /// Kinds of acts a segment, or the stub of one, counts in its totals.
    private func kinds(
        in entry: PartitionManifest.Entry, _ month: Month
    ) throws(LogStoreError) -> Set<Kind> {
        let path = entry.isLocal ? paths.segment(month, entry.sequences) : paths.stub(month, entry.sequences)
        let file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
        let tail = try SegmentFile<P.Disk.File>.readTail(
            file, path, entry: entry, ledger: ledger, verifyingKey: verifyingKey, hasBlocks: entry.isLocal)
        let header = try FileHeader.read(from: file)
        let dataKey = try header.dataKey(with: encryption, file: path)
        let section = tail.section(.controlTotals)
        let away = entry.isLocal ? 0 : tail.sectionsOffset - UInt64(FileHeader.byteCount)
        let offset = section.fileOffset - away
        var stored = [UInt8](repeating: 0, count: section.storedByteCount)
        let count = try onDisk { () throws(StorageError) in
            try stored.withMutableRawSpan { (span) throws(StorageError) in
                try file.read(into: &span, at: offset)
            }
        }
        guard count == stored.count else {
            throw .damaged(Damage(file: path, offset: offset, "the file ends in its totals"))
        }
        do throws(DecodingFailure) {
            let plain = try stored.withRawSpan { (span) throws(DecodingFailure) in
                try section.open(span, fileUUID: tail.fileUUID, cipher: dataKey.map { AEADCipher(key: $0) })
            }
            let totals = try plain.withRawSpan { (span) throws(DecodingFailure) in
                try ControlTotals(decoding: span)
            }
            return Set(totals.rows.compactMap { Kind(rawValue: $0.type) })
        } catch { throw .damaged(error.damage(in: path, at: offset)) }
    }

    /// Notes every act of a segment, the newest first, until nothing in it is sought any more.
    private mutating func read(
        _ entry: PartitionManifest.Entry, _ month: Month
    ) throws(LogStoreError) {
        guard entry.isLocal else {
            throw .notReadable(sequence: entry.sequences.lowerBound, reason: "the segment is evicted")
        }
        let segment = try SegmentFile(
            disk: disk, path: paths.segment(month, entry.sequences), entry: entry, ledger: ledger,
            verifyingKey: verifyingKey, encryption: encryption)
        var reader = SegmentReader<P.Disk.File>(windowBytes: 64 << 10)
        reader.open(segment)
        for number in (0..<segment.tail.shape.blockCount).reversed() {
            try reader.readBlock(number)
            do throws(DecodingFailure) { try Self.note(reader.run, in: &recorded) } catch {
                throw .damaged(
                    error.damage(in: segment.path, at: segment.footer.blocks.places[number].fileOffset))
            }
            if sought(below: entry.sequences.upperBound).isEmpty { return }
        }
    }

    private static func note(
        _ run: borrowing EventRun, in recorded: inout RecordedActs
    ) throws(DecodingFailure) {
        var older = RecordedActs()
        var cursor = run.makeCursor()
        while let event = cursor.next() {
            guard event.header.type >= EventHeader.reservedTypeMin, let act = try ReservedEvent(event) else {
                continue
            }
            older.note(act)
        }
        recorded.add(older: older)
    }
}
