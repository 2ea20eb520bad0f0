package import Ledger
package import LogStore
package import Projections

/// What left the memory of the state and may be asked for again: packed payments by id, and keys that are not
/// forgotten by their hash. A cache of the log: whatever happens to it, a replay makes it anew.
///
///     put ─▶ buffer ─▶ run ─▶ merged runs        find: buffer, then runs, youngest first
///
/// Used by the thread that owns the state.
package struct Attic<P: Platform>: ~Copyable {
    /// Whose month new runs are under may change.
    package var home: AtticHome<P>
    private var payments = AtticShelf<P>(kind: .payments)
    private var keys = AtticShelf<P>(kind: .keys)
    private var nextNumber: UInt64 = 1
    /// Keys of hours before are forgotten.
    private var firstLiveHour: UInt64 = 0
    /// What each kept manifest names.
    private var manifests: [(next: SequenceNumber, files: Set<String>)] = []
    private var value: [UInt8] = []

    /// When a buffer becomes a run.
    package var bufferLimits = BufferLimits()

    /// How much waits in memory for a run.
    package struct BufferLimits: Sendable {
        package var paymentBytes = 4 << 20
        package var keys = 65_536

        package init() {}
    }

    /// An empty attic; what another life left in its directory is removed.
    package init(_ home: AtticHome<P>) throws(AtticError) {
        self.home = home
        try createDirectory()
        try removeOthers()
    }

    /// The attic as it was when the state was at `next`: what a manifest written then names, and what older
    /// ones in `keeping` do. Anything else is removed; replay makes it again.
    package init(
        _ home: AtticHome<P>, at next: SequenceNumber, keeping: [SequenceNumber] = []
    ) throws(AtticError) {
        self.home = home
        try createDirectory()
        let manifest = try Self.manifest(of: home, next)
        var runs: [AtticKind: [AtticRun<P.Disk>]] = [:]
        for entry in manifest.runs {
            let run = try inAttic { () throws(LogStoreError) in
                try AtticRun(
                    entry, in: home.directory, ledger: home.ledger, home.encryption,
                    on: home.platform.disk)
            }
            runs[entry.kind, default: []].append(run)
        }
        payments = AtticShelf(kind: .payments, runs: runs[.payments] ?? [])
        keys = AtticShelf(kind: .keys, runs: runs[.keys] ?? [])
        nextNumber = manifest.nextNumber
        for older in keeping where older < next {
            guard let manifest = try Self.usableManifest(of: home, older) else { continue }
            manifests.append((older, Set(manifest.runs.map(\.fileName))))
        }
        manifests.append((next, Set(manifest.runs.map(\.fileName))))
        try removeOthers()
    }

    // MARK: What is kept

    /// Runs of payments and of keys on disk.
    package var runCounts: (payments: Int, keys: Int) { (payments.runs.count, keys.runs.count) }

    /// Keeps a payment that left the memory.
    package mutating func put(_ payment: PaymentID, _ packed: RawSpan) throws(AtticError) {
        payments.put(AtticKey(payment), packed)
        if payments.buffer.bytes.count >= bufferLimits.paymentBytes { try flush(.payments) }
    }

    /// Keeps a key that left the memory.
    package mutating func put(_ key: AgedKey) throws(AtticError) {
        value.removeAll(keepingCapacity: true)
        AgedKeyBytes.append(key, to: &value)
        let bytes = value
        bytes.withRawSpan { keys.put(AtticKey(key.hash), $0) }
        if keys.buffer.count >= bufferLimits.keys { try flush(.keys) }
    }

    /// Appends a packed payment to `packed`; false if it was never kept here.
    package func find(_ payment: PaymentID, into packed: inout [UInt8]) throws(AtticError) -> Bool {
        do throws(LogStoreError) { return try payments.find(AtticKey(payment), into: &packed) } catch {
            throw .log(error)
        }
    }

    /// What was kept of a key last; nil if nothing was. It may be forgotten: the state knows.
    package func find(_ hash: Hash128) throws(AtticError) -> AgedKey? {
        let key = AtticKey(KeyHash(hash))
        var found: [UInt8] = []
        do throws(LogStoreError) {
            guard try keys.find(key, into: &found) else { return nil }
            guard let aged = found.withRawSpan({ AgedKeyBytes.key(key, $0) }) else {
                throw .damaged(Damage(file: home.directory, offset: 0, "a value that is no key's"))
            }
            return aged
        } catch { throw .log(error) }
    }

    // MARK: Upkeep

    /// Tells which keys are forgotten: runs of nothing else go, and merging leaves them out.
    package mutating func forgetKeys(before hour: UInt64) {
        guard hour > firstLiveHour else { return }
        firstLiveHour = hour
        keys.dropForgotten(before: hour)
    }

    /// Merges about `budget` records; says whether there was anything to merge.
    @discardableResult
    package mutating func mergeStep(budget: Int) throws(AtticError) -> Bool {
        let (home, number, hour) = (home, nextNumber, firstLiveHour)
        nextNumber += 2
        let retiredBefore = payments.retired.count + keys.retired.count
        let isMore: Bool
        do throws(LogStoreError) {
            let first = try payments.mergeStep(budget: budget, home, number: number, firstLiveHour: hour)
            let other = try keys.mergeStep(budget: budget, home, number: number + 1, firstLiveHour: hour)
            isMore = first || other
        } catch { throw .log(error) }
        if payments.retired.count + keys.retired.count > retiredBefore { try removeRetired() }
        return isMore
    }

    private mutating func flush(_ kind: AtticKind) throws(AtticError) {
        let (home, number) = (home, nextNumber)
        nextNumber += 1
        do throws(LogStoreError) {
            switch kind {
            case .payments: try payments.flush(home, number: number)
            case .keys: try keys.flush(home, number: number)
            }
        } catch { throw .log(error) }
    }

    /// Makes durable what is kept now, as belonging to the state at `next`, and lets go what no manifest
    /// names any more: of older ones, those in `keeping` stay.
    package mutating func commit(
        at next: SequenceNumber, keeping: [SequenceNumber] = []
    ) throws(AtticError) {
        try flush(.payments)
        try flush(.keys)
        let entries = (payments.runs + keys.runs).map(\.entry)
        let manifest = AtticManifest(
            ledger: home.ledger, next: next, nextNumber: nextNumber, runs: entries)
        let path = home.directory / AtticManifest.name(next)
        let disk = home.platform.disk
        try inAttic { () throws(LogStoreError) in
            try onDisk { () throws(StorageError) in
                // The runs' names before the name of what says that they are there.
                try disk.syncDirectory(path.parent)
                try AtomicFile.write(manifest.bytes, to: path, on: disk)
            }
        }
        manifests.removeAll { $0.next == next || !keeping.contains($0.next) }
        manifests.append((next, Set(entries.map(\.fileName))))
        try removeOthers()
    }

    // MARK: Files

    private static func manifest(
        of home: AtticHome<P>, _ next: SequenceNumber
    ) throws(AtticError) -> AtticManifest {
        let path = home.directory / AtticManifest.name(next)
        let bytes = try inAttic { () throws(LogStoreError) in
            try AtticFile.read(path, on: home.platform.disk)
        }
        guard let bytes else { throw .noManifest(next) }
        return try inAttic { () throws(LogStoreError) in
            try AtticFile.manifest(bytes, path, home.ledger, next)
        }
    }

    /// Nil for one that is not there or is damaged: of no use to anybody, and its runs may go. What the disk
    /// only failed to give this time must not cost an older snapshot its runs.
    private static func usableManifest(
        of home: AtticHome<P>, _ next: SequenceNumber
    ) throws(AtticError) -> AtticManifest? {
        do throws(AtticError) { return try manifest(of: home, next) } catch {
            switch error {
            case .noManifest, .log(.damaged): return nil
            default: throw error
            }
        }
    }

    private func createDirectory() throws(AtticError) {
        let (disk, directory) = (home.platform.disk, home.directory)
        try inAttic { () throws(LogStoreError) in
            try onDisk { () throws(StorageError) in
                try disk.createDirectory(directory)
                try disk.syncDirectory(directory.parent)
            }
        }
    }

    /// Removes the files of retired runs that no manifest names.
    private mutating func removeRetired() throws(AtticError) {
        var named = Set<String>()
        for manifest in manifests { named.formUnion(manifest.files) }
        let gone = payments.forgetRetired(but: named) + keys.forgetRetired(but: named)
        let (disk, directory) = (home.platform.disk, home.directory)
        try inAttic { () throws(LogStoreError) in
            try onDisk { () throws(StorageError) in
                for name in gone { try disk.remove(directory / name) }
            }
        }
    }

    /// Removes every run and manifest but those in use and those a kept manifest names. What has another name
    /// is not ours.
    private mutating func removeOthers() throws(AtticError) {
        var named = Set(manifests.map { AtticManifest.name($0.next) })
        for manifest in manifests { named.formUnion(manifest.files) }
        _ = payments.forgetRetired(but: named)
        _ = keys.forgetRetired(but: named)
        let used = Set((payments.runs + keys.runs).map(\.entry.fileName)).union(
            payments.mergeFiles + keys.mergeFiles)
        let (disk, directory) = (home.platform.disk, home.directory)
        try inAttic { () throws(LogStoreError) in
            try onDisk { () throws(StorageError) in
                for name in try disk.list(directory)
                where AtticManifest.isOurs(name) && !named.contains(name) && !used.contains(name) {
                    try disk.remove(directory / name)
                }
            }
        }
    }
}

/// Manifests as files.
enum AtticFile {
    static func read(_ path: StoragePath, on disk: some Storage) throws(LogStoreError) -> [UInt8]? {
        try AtomicFile.read(path, byteCountMax: AtticManifest.byteCountMax, on: disk)
    }

    /// A manifest of this ledger at this sequence; anything else is damage.
    static func manifest(
        _ bytes: [UInt8], _ path: StoragePath, _ ledger: LogUUID, _ next: SequenceNumber
    ) throws(LogStoreError) -> AtticManifest {
        do throws(DecodingFailure) {
            let manifest = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try AtticManifest(decoding: span)
            }
            guard manifest.ledger == ledger, manifest.next == next else {
                throw DecodingFailure("of \(manifest.ledger) at \(manifest.next.raw)")
            }
            return manifest
        } catch { throw .damaged(error.damage(in: path, at: 0)) }
    }
}
