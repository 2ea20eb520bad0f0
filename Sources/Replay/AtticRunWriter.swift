import LogStore

/// Writes a run from front to back: records come in the order of their keys.
struct AtticRunWriter<P: Platform> {
    private let file: P.Disk.File
    private let disk: P.Disk
    private let directory: StoragePath
    private let header: AtticRunHeader
    private let number: UInt64
    private let level: UInt8
    private let cipher: AEADCipher?
    private var footer: AtticRunFooter
    private var body: [UInt8] = []
    private var firstOfBody = AtticKey(low: 0, high: 0)
    private var recordsOfBody = 0
    private var last: AtticKey?
    private var hours: ClosedRange<UInt64>?
    /// Bytes to be written next, from `outputOffset` on.
    private var output: [UInt8] = []
    private var outputOffset: UInt64 = 0

    /// So many bytes are written at once.
    private static var outputByteCount: Int { 256 << 10 }

    init(
        _ home: AtticHome<P>, kind: AtticKind, number: UInt64, level: UInt8, recordsMax: Int
    ) throws(LogStoreError) {
        let key = try home.encryption.makeFileKey(month: home.month, platform: home.platform)
        header = AtticRunHeader(kind: kind, run: home.platform.makeUUID(), ledger: home.ledger, key: key)
        cipher = key.map { AEADCipher(key: $0.dataKey) }
        self.number = number
        self.level = level
        disk = home.platform.disk
        directory = home.directory
        let path = directory / AtticManifest.Run.fileName(kind, number)
        let disk = disk
        file = try onDisk { () throws(StorageError) in
            // Left by a life that ended before a manifest named it.
            if try disk.exists(path) { try disk.remove(path) }
            return try disk.open(path, .create)
        }
        footer = AtticRunFooter(recordsMax: recordsMax)
        output = header.bytes
    }

    mutating func add(_ key: AtticKey, _ value: RawSpan) throws(LogStoreError) {
        invariant(last.map { $0 < key } ?? true, "a run's keys out of order")
        last = key
        let size = AtticBlock.recordHeaderByteCount + value.byteCount
        invariant(size <= AtticBlock.bodyByteCountMax, "a record of \(size) bytes")
        let room = AtticBlock.byteCountGoal - AtticBlock.headerByteCount - AEADCipher.tagByteCount
        if recordsOfBody > 0, body.count + size > room { try closeBlock() }
        if recordsOfBody == 0 { firstOfBody = key }
        let start = body.count
        body.append(contentsOf: repeatElement(0, count: size))
        body.withMutableRawSpan { span in
            span.set(key.low, at: start)
            span.set(key.high, at: start + 8)
            span.set(UInt16(value.byteCount), at: start + 12)
            span.copy(from: value, at: start + AtticBlock.recordHeaderByteCount)
        }
        recordsOfBody += 1
        footer.add(key)
        if header.kind == .keys {
            let hour = AgedKeyBytes.hour(value)
            hours = hours.map { min($0.lowerBound, hour)...max($0.upperBound, hour) } ?? hour...hour
        }
    }

    private mutating func closeBlock() throws(LogStoreError) {
        let start = output.count
        let block = AtticBlock(
            use: .block, ordinal: UInt32(footer.fences.count), recordCount: recordsOfBody)
        append(block, body)
        footer.add(
            AtticRunFooter.Fence(
                first: firstOfBody, offset: outputOffset + UInt64(start), byteCount: output.count - start))
        body.removeAll(keepingCapacity: true)
        recordsOfBody = 0
        if output.count >= Self.outputByteCount { try write() }
    }

    private mutating func append(_ block: AtticBlock, _ body: [UInt8]) {
        let (run, offset, cipher) = (header.run, outputOffset, cipher)
        body.withRawSpan { block.append($0, to: &output, at: offset, run: run, cipher) }
    }

    private mutating func write() throws(LogStoreError) {
        let (file, offset, output) = (file, outputOffset, output)
        try onDisk { () throws(StorageError) in
            try output.withRawSpan { (span) throws(StorageError) in try file.write(span, at: offset) }
        }
        outputOffset += UInt64(output.count)
        self.output.removeAll(keepingCapacity: true)
    }

    /// Ends the run and makes it durable; nil, and no file, if it has no records.
    mutating func finish() throws(LogStoreError) -> AtticRun<P.Disk>? {
        let (file, disk) = (file, disk)
        guard footer.recordCount > 0 else {
            try onDisk { () throws(StorageError) in try disk.remove(file.path) }
            return nil
        }
        if recordsOfBody > 0 { try closeBlock() }
        if let hours { footer.hours = hours }
        let start = outputOffset + UInt64(output.count)
        let block = AtticBlock(use: .footer, ordinal: UInt32(footer.fences.count), recordCount: 0)
        append(block, footer.bytes)
        let length = Int(outputOffset + UInt64(output.count) - start)
        output += AtticRunTail(footerByteCount: length, footerOffset: start).bytes(of: header.run)
        try write()
        try onDisk { () throws(StorageError) in try file.sync() }
        return AtticRun(
            number: number, level: level, kind: header.kind, uuid: header.run, footer: footer,
            byteCount: outputOffset, file: file, cipher: cipher)
    }

    /// The name of the file being written.
    var fileName: String { AtticManifest.Run.fileName(header.kind, number) }
}
