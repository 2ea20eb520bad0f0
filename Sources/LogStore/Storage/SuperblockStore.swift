import Synchronization

/// Owns the superblock file: four copies, 0 and 1 synced before 2 and 3 are touched.
///
/// Any thread may update; updates take turns. A crash leaves at least two identical copies of the old or of
/// the new superblock.
package final class SuperblockStore<Disk: Storage>: Sendable {
    private let file: Disk.File
    private let current: Mutex<Superblock>

    /// Takes over a superblock that recovery chose (or creation wrote).
    package init(file: Disk.File, current: Superblock) {
        self.file = file
        self.current = Mutex(current)
    }

    package var value: Superblock { current.withLock { $0 } }

    /// Changes the superblock and makes the change durable.
    package func update(_ change: (inout Superblock) -> Void) throws(LogStoreError) {
        try current.withLock { current throws(LogStoreError) in
            var next = current
            change(&next)
            next.sequence = current.sequence + 1
            next.previousHash = current.hash
            try Self.write(next, to: file)
            current = next
        }
    }

    /// Writes all four copies in two synced steps.
    package static func write(_ superblock: Superblock, to file: Disk.File) throws(LogStoreError) {
        for pair in [0..<2, 2..<4] {
            for copy in pair {
                try onDisk { () throws(StorageError) in
                    try superblock.encode(copy: copy).withRawSpan { (bytes) throws(StorageError) in
                        try file.write(bytes, at: UInt64(copy * Superblock.byteCount))
                    }
                }
            }
            try onDisk { () throws(StorageError) in try file.sync() }
        }
    }

    /// Makes every copy hold `superblock`, touching none that does.
    ///
    /// `update` relies on it: while it writes one pair, only the other keeps the quorum. Without this a crash
    /// in the second pair, one in the next update's first pair and one more would leave four different
    /// copies.
    package static func restoreCopies(of superblock: Superblock, in file: Disk.File) throws(LogStoreError) {
        var found = [UInt8](repeating: 0, count: Superblock.byteCount * Superblock.copyCount)
        try onDisk { () throws(StorageError) in
            _ = try found.withMutableRawSpan { (span) throws(StorageError) in
                try file.read(into: &span, at: 0)
            }
            var hasWritten = false
            for copy in 0..<Superblock.copyCount {
                let start = copy * Superblock.byteCount
                let bytes = superblock.encode(copy: copy)
                if found[start..<start + Superblock.byteCount].elementsEqual(bytes) { continue }
                try bytes.withRawSpan { (bytes) throws(StorageError) in
                    try file.write(bytes, at: UInt64(start))
                }
                hasWritten = true
            }
            if hasWritten { try file.sync() }
        }
    }

    /// Reads and chooses; the copies found bad come along. Refuses without a quorum.
    package static func read(
        _ path: StoragePath, on disk: Disk
    ) throws(LogStoreError) -> (superblock: Superblock, faults: [Damage]) {
        guard let bytes = try readBytes(path, on: disk) else {
            throw .refused(
                Refusal(
                    .corruptSuperblock, sequences: nil, damages: [Damage(file: path, offset: 0, "missing")],
                    "there is no superblock"))
        }
        let (winner, faults) = choose(from: bytes, path: path)
        guard let winner else {
            throw .refused(
                Refusal(
                    .corruptSuperblock, sequences: nil, damages: faults,
                    "no two copies of the superblock are valid and identical"))
        }
        return (winner, faults)
    }

    private static func readBytes(_ path: StoragePath, on disk: Disk) throws(LogStoreError) -> [UInt8]? {
        do throws(LogStoreError) {
            return try AtomicFile.read(
                path, byteCountMax: Superblock.byteCount * Superblock.copyCount, on: disk)
        } catch .damaged(let damage) {
            throw .refused(
                Refusal(.corruptSuperblock, sequences: nil, damages: [damage], "this cannot be a superblock"))
        }
    }

    /// The superblock with the highest sequence of which at least two copies are valid and identical, and the
    /// copies that are not.
    package static func choose(
        from bytes: [UInt8], path: StoragePath
    ) -> (winner: Superblock?, faults: [Damage]) {
        var copies: [Superblock?] = []
        var faults: [Damage] = []
        for copy in 0..<Superblock.copyCount {
            let range = copy * Superblock.byteCount..<(copy + 1) * Superblock.byteCount
            guard range.upperBound <= bytes.count else {
                faults.append(Damage(file: path, offset: UInt64(range.lowerBound), "copy \(copy) is missing"))
                copies.append(nil)
                continue
            }
            do throws(DecodingFailure) {
                copies.append(
                    try bytes.withRawSpan { (span) throws(DecodingFailure) in
                        try Superblock(decoding: span.extracting(range), copy: copy)
                    })
            } catch {
                faults.append(error.damage(in: path, at: UInt64(range.lowerBound)))
                copies.append(nil)
            }
        }
        let quorum = copies.compactMap { $0 }.filter { candidate in
            copies.filter { $0 == candidate }.count >= 2
        }
        return (quorum.max { $0.sequence < $1.sequence }, faults)
    }
}

/// Tells a superblock of an earlier moment by the files it does not know of.
package enum StaleSuperblock {
    /// The refusal if a write-ahead file was made by a later open than the superblock has counted: every open
    /// is counted, durably, before it makes a file.
    package static func refusal(
        _ superblock: Superblock, _ paths: ShardPaths, on disk: some Storage
    ) throws(LogStoreError) -> Refusal? {
        for name in try onDisk({ () throws(StorageError) in try disk.list(paths.wal) }) {
            guard let parsed = ShardPaths.parseWALName(name), parsed.incarnation > superblock.incarnation
            else { continue }
            let what = "\(superblock.incarnation) opens counted, \(name) is of open \(parsed.incarnation)"
            let damage = Damage(file: paths.superblock, offset: 88, what)
            return Refusal(
                .corruptSuperblock, sequences: nil, damages: [damage],
                "the superblock is from an earlier moment than the log")
        }
        return nil
    }
}
