/// Takes files of a log apart without keys and without trust: whatever the bytes are, it says what they
/// are and what is wrong with them. Changes nothing.
package struct FileInspector<Disk: Storage> {
    let disk: Disk
    /// List every frame and block, not only their number.
    let listsEverything: Bool

    /// Files that are read whole are not read above this.
    static var smallFileBytesMax: Int { 16 << 20 }

    package init(disk: Disk, listsEverything: Bool) {
        self.disk = disk
        self.listsEverything = listsEverything
    }

    /// Every file of a shard and of the keys, in the order a person would look at them.
    package func files(shard: UInt32) throws(LogStoreError) -> [StoragePath] {
        let paths = ShardPaths(shard: shard)
        var found: [StoragePath] = []
        for path in [paths.superblock, paths.watermark, paths.checkpoint, paths.scrub]
        where try onDisk({ () throws(StorageError) in try disk.exists(path) }) { found.append(path) }
        var directories = [paths.wal]
        for name in try list(paths.log) { directories.append(paths.log / name) }
        for directory in directories + [paths.snapshots, ShardPaths.keys, ShardPaths.quarantine] {
            for name in try list(directory) { found.append(directory / name) }
        }
        return found
    }

    private func list(_ directory: StoragePath) throws(LogStoreError) -> [String] {
        do throws(StorageError) { return try disk.list(directory) } catch {
            if error.code == ErrorNumber.noDirectory { return [] }
            throw LogStoreError.storage(error)
        }
    }

    /// Takes one file apart. Throws only if the disk does.
    package func inspect(_ path: StoragePath) throws(LogStoreError) -> Inspection {
        let file: Disk.File
        do throws(StorageError) { file = try disk.open(path, .read) } catch {
            throw LogStoreError.storage(error)
        }
        let size = try onDisk { () throws(StorageError) in try file.size() }
        let magic = try read(file, at: 0, 8).withRawSpan { $0.byteCount == 8 ? $0.u64(0) : 0 }
        var inspection = Inspection(file: path, kind: Self.kind(path, magic), byteCount: size)
        switch inspection.kind {
        case .superblock: try inspectSuperblock(file, &inspection)
        case .watermark: try inspectWatermark(file, &inspection)
        case .wal: try inspectWAL(file, &inspection)
        case .segment: try inspectSegment(file, &inspection)
        case .snapshot: _ = try inspectHeader(file, &inspection)
        case .manifest, .keyring, .grant, .statement, .checkpoint, .scrub, .tile:
            try inspectWhole(file, &inspection)
        case .quarantine, .temporary, .lock, .signingKey, .unknown: break
        }
        return inspection
    }

    private static func kind(_ path: StoragePath, _ magic: UInt64) -> Inspection.Kind {
        switch magic {
        case FileHeader.Kind.wal.magic:
            return path.name.hasSuffix(ShardPaths.Ending.temporary) ? .temporary : .wal
        case FileHeader.Kind.segment.magic: return .segment
        case FileHeader.Kind.snapshot.magic: return .snapshot
        case 0x3152_4550_5553_4648: return .superblock
        case 0x314B_5241_4D57_4648: return .watermark
        case 0x3130_5452_4150_4648: return .manifest
        case SealedKeyring.magic: return .keyring
        case 0x544E_4152_474B_4648: return .grant
        default: break
        }
        // A damaged magic: the name still tells what the file is meant to be.
        let paths = ShardPaths(shard: 0)
        switch path.name {
        case paths.superblock.name: return .superblock
        case paths.watermark.name: return .watermark
        case paths.checkpoint.name: return .checkpoint
        case paths.scrub.name: return .scrub
        case ShardPaths.manifestName: return .manifest
        case ShardPaths.closeName: return .statement
        case ShardPaths.lock.name: return .lock
        case ShardPaths.signingKey.name: return .signingKey
        default: break
        }
        typealias Ending = ShardPaths.Ending
        let endings: [(String, Inspection.Kind)] = [
            (Ending.wal, .wal), (Ending.segment, .segment), (Ending.snapshot, .snapshot),
            (Ending.keyring, .keyring), (Ending.temporary, .temporary), (Ending.cut, .quarantine),
        ]
        if path.description.contains(paths.tiles.name + "/") { return .tile }
        return endings.first { path.name.hasSuffix($0.0) }?.1 ?? .unknown
    }

    // MARK: Reading

    /// At most `count` bytes; fewer at the end of the file.
    func read(_ file: Disk.File, at offset: UInt64, _ count: Int) throws(LogStoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try onDisk { () throws(StorageError) in
            try bytes.withMutableRawSpan { (span) throws(StorageError) in
                try file.read(into: &span, at: offset)
            }
        }
        bytes.removeLast(count - got)
        return bytes
    }

    /// Reads one structure and describes it, or says why it is none.
    func describe(
        _ name: String, _ file: Disk.File, at offset: UInt64, _ count: Int,
        _ decode: (RawSpan, inout Inspection.Part) throws(DecodingFailure) -> Void
    ) throws(LogStoreError) -> Inspection.Part {
        var part = Inspection.Part(name, at: offset, UInt64(count))
        let bytes = try read(file, at: offset, count)
        do throws(DecodingFailure) {
            try bytes.withRawSpan { (span) throws(DecodingFailure) in try decode(span, &part) }
        } catch { part.fault = error.description }
        return part
    }

    // MARK: Fixed pages

    private func inspectSuperblock(_ file: Disk.File, _ inspection: inout Inspection) throws(LogStoreError) {
        for copy in 0..<Superblock.copyCount {
            inspection.parts.append(
                try describe(
                    "copy \(copy)", file, at: UInt64(copy * Superblock.byteCount), Superblock.byteCount
                ) { (span, part) throws(DecodingFailure) in
                    part.describe(try Superblock(decoding: span, copy: copy))
                })
        }
    }

    private func inspectWatermark(_ file: Disk.File, _ inspection: inout Inspection) throws(LogStoreError) {
        for slot in 0..<WatermarkSlot.slotCount {
            inspection.parts.append(
                try describe(
                    "slot \(slot)", file, at: UInt64(slot * WatermarkSlot.byteCount), WatermarkSlot.byteCount
                ) { (span, part) throws(DecodingFailure) in part.describe(try WatermarkSlot(decoding: span)) }
            )
        }
    }

    func inspectHeader(
        _ file: Disk.File, _ inspection: inout Inspection
    ) throws(LogStoreError) -> FileHeader? {
        var header: FileHeader?
        inspection.parts.append(
            try describe("file header", file, at: 0, FileHeader.byteCount) {
                (span, part) throws(DecodingFailure) in
                let decoded = try FileHeader(decoding: span)
                header = decoded
                part.describe(decoded)
            })
        return header
    }
}
