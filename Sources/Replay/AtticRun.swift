import LogStore

/// A sorted run: immutable, on disk, with its footer in memory. Used by one thread at a time.
final class AtticRun<Disk: Storage> {
    /// Names its file; a larger one is younger, but for what merging made of older ones.
    let number: UInt64
    /// How often its records have been merged: runs of one level are about as large as each other.
    let level: UInt8
    let kind: AtticKind
    let uuid: LogUUID
    let footer: AtticRunFooter
    let byteCount: UInt64
    private let file: Disk.File
    private let cipher: AEADCipher?
    private var stored: [UInt8] = []

    init(
        number: UInt64, level: UInt8, kind: AtticKind, uuid: LogUUID, footer: AtticRunFooter,
        byteCount: UInt64, file: Disk.File, cipher: AEADCipher?
    ) {
        self.number = number
        self.level = level
        self.kind = kind
        self.uuid = uuid
        self.footer = footer
        self.byteCount = byteCount
        self.file = file
        self.cipher = cipher
    }

    /// Opens the run that a manifest names; what is not that run is damage.
    init(
        _ entry: AtticManifest.Run, in directory: StoragePath, ledger: LogUUID,
        _ encryption: LogEncryption, on disk: Disk
    ) throws(LogStoreError) {
        let path = directory / entry.fileName
        file = try onDisk { () throws(StorageError) in try disk.open(path, .read) }
        number = entry.number
        level = entry.level
        kind = entry.kind
        uuid = entry.uuid
        byteCount = try onDisk { [file] () throws(StorageError) in try file.size() }
        let least = UInt64(AtticRunHeader.byteCount + AtticRunTail.byteCount)
        guard byteCount == entry.byteCount, byteCount >= least else {
            throw .damaged(Damage(file: path, offset: 0, "\(byteCount) bytes, not \(entry.byteCount)"))
        }
        let head = try Self.read(file, 0, AtticRunHeader.byteCount)
        let header = try Self.decoded(path, 0, head) { (span) throws(DecodingFailure) in
            try AtticRunHeader(decoding: span)
        }
        guard header.run == entry.uuid, header.ledger == ledger, header.kind == entry.kind else {
            throw .damaged(Damage(file: path, offset: 0, "run \(header.run), expected \(entry.uuid)"))
        }
        let key = try header.wrappedDataKey.withRawSpan { (wrapped) throws(LogStoreError) in
            try encryption.dataKey(monthKeyID: header.monthKeyID, wrapped: wrapped, file: path)
        }
        cipher = key.map { AEADCipher(key: $0) }
        footer = try Self.footer(file, byteCount, header.run, cipher)
    }

    private static func footer(
        _ file: Disk.File, _ byteCount: UInt64, _ run: LogUUID, _ cipher: AEADCipher?
    ) throws(LogStoreError) -> AtticRunFooter {
        let tailOffset = byteCount - UInt64(AtticRunTail.byteCount)
        let end = try read(file, tailOffset, AtticRunTail.byteCount)
        let tail = try decoded(file.path, tailOffset, end) { (span) throws(DecodingFailure) in
            try AtticRunTail(decoding: span, of: run, fileSize: byteCount)
        }
        let bytes = try read(file, tail.footerOffset, tail.footerByteCount)
        return try decoded(file.path, tail.footerOffset, bytes) { (span) throws(DecodingFailure) in
            var body: [UInt8] = []
            guard span.byteCount >= AtticBlock.headerByteCount else { throw DecodingFailure("no footer") }
            // Its ordinal is the count of blocks, which the body repeats.
            let ordinal = span.u32(8)
            _ = try AtticBlock(
                opening: span, at: tail.footerOffset, run: run, expecting: .footer, ordinal: ordinal,
                cipher, into: &body)
            let footer = try body.withRawSpan { (body) throws(DecodingFailure) in
                try AtticRunFooter(decoding: body, footerOffset: tail.footerOffset)
            }
            guard footer.fences.count == Int(ordinal) else {
                throw DecodingFailure("footer \(ordinal) of \(footer.fences.count) blocks")
            }
            return footer
        }
    }

    /// Appends the value of a key to `value`; false if the run has none. Reads one block at most.
    func find(_ key: AtticKey, into value: inout [UInt8]) throws(LogStoreError) -> Bool {
        guard let index = footer.block(key) else { return false }
        var body: [UInt8] = []
        try read(index, into: &body)
        return try decoded(index, body) { (span) throws(DecodingFailure) in
            var records = AtticRecords()
            while let record = try records.next(in: span) {
                if record.key < key { continue }
                guard record.key == key else { return false }
                value.append(contentsOf: span.extracting(record.value).array())
                return true
            }
            return false
        }
    }

    /// Puts the body of a block into `body`.
    func read(_ index: Int, into body: inout [UInt8]) throws(LogStoreError) {
        let fence = footer.fences[index]
        let bytes = try Self.read(file, fence.offset, fence.byteCount)
        let (uuid, cipher) = (uuid, cipher)
        var opened: [UInt8] = []
        try Self.decoded(file.path, fence.offset, bytes) { (span) throws(DecodingFailure) in
            _ = try AtticBlock(
                opening: span, at: fence.offset, run: uuid, expecting: .block,
                ordinal: UInt32(index), cipher, into: &opened)
        }
        swap(&body, &opened)
    }

    /// Names what a decoder finds wrong in a block's body.
    func decoded<Result>(
        _ index: Int, _ body: [UInt8], _ decode: (RawSpan) throws(DecodingFailure) -> Result
    ) throws(LogStoreError) -> Result {
        try Self.decoded(file.path, footer.fences[index].offset, body, decode)
    }

    private static func decoded<Result>(
        _ path: StoragePath, _ offset: UInt64, _ bytes: [UInt8],
        _ decode: (RawSpan) throws(DecodingFailure) -> Result
    ) throws(LogStoreError) -> Result {
        do throws(DecodingFailure) { return try bytes.withRawSpan(decode) } catch {
            throw .damaged(error.damage(in: path, at: offset))
        }
    }

    private static func read(
        _ file: Disk.File, _ offset: UInt64, _ count: Int
    ) throws(LogStoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = try onDisk { () throws(StorageError) in
            try bytes.withMutableRawSpan { (span) throws(StorageError) in
                try file.read(into: &span, at: offset)
            }
        }
        guard found == count else {
            throw .damaged(Damage(file: file.path, offset: offset, "\(found) bytes of \(count)"))
        }
        return bytes
    }
}
