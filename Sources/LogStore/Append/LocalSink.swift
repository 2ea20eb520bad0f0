/// Commits frames to write-ahead files of this machine: write, sync, and a new file when one is full, a month
/// begins or the process starts.
///
/// Used by the committer's thread only.
package struct LocalSink<P: Platform>: CommitSink, ~Copyable {
    package typealias File = P.Disk.File

    /// What stays the same for the life of the process.
    package struct Identity: Sendable {
        package var ledger: LogUUID
        package var shard: UInt32
        package var incarnation: UInt64
        package var epoch: UInt64
    }

    /// The file being written.
    private struct Active {
        let file: File
        let record: WALFileRecord
        let cipher: FrameCipher?
        var offset: UInt64
        var ordinal: UInt64
        var previousTotalLength: Int
    }

    private let platform: P
    private let paths: ShardPaths
    private let geometry: LogGeometry
    private let identity: Identity
    private let keys: LogKeys<P>
    private let superblocks: SuperblockStore<P.Disk>
    private let exchange: FrameExchange
    private let preparer: FilePreparer<P>
    private let catalog: LogCatalog
    private var active: Active?
    private var previousFileUUID: LogUUID
    /// Ciphertext goes here; the plain events stay for hashing.
    private var ciphertext: FrameBuffer?
    private var idle: FrameBuffer

    /// - Parameter previousFileUUID: the newest file of earlier processes; zero if there is none.
    package init(
        platform: P, paths: ShardPaths, geometry: LogGeometry, identity: Identity, keys: LogKeys<P>,
        superblocks: SuperblockStore<P.Disk>, exchange: FrameExchange, preparer: FilePreparer<P>,
        catalog: LogCatalog, previousFileUUID: LogUUID
    ) {
        self.platform = platform
        self.paths = paths
        self.geometry = geometry
        self.identity = identity
        self.keys = keys
        self.superblocks = superblocks
        self.exchange = exchange
        self.preparer = preparer
        self.catalog = catalog
        self.previousFileUUID = previousFileUUID
        if case .on = keys.encryption {
            ciphertext = FrameBuffer(byteCount: geometry.frameBytesMax)
        } else {
            ciphertext = nil
        }
        idle = FrameBuffer(byteCount: AlignedBuffer.alignment)
    }

    package mutating func commit(
        _ frame: inout FrameBuffer, _ context: CommitContext, rolls: Bool
    ) throws(LogStoreError) -> CommittedPlace {
        if rolls { try roll(for: frame, context) }
        guard let active else { invariantViolated("a frame before the first file") }
        invariant(frame.month == active.record.month, "a frame of another month than its file")
        var header = makeHeader(
            .data, rawLength: frame.rawLength, eventCount: frame.eventCount,
            firstSequence: frame.firstSequence, context, in: active)
        if let cipher = active.cipher {
            guard var ciphertext = self.ciphertext.take() else {
                invariantViolated("encryption without a buffer for ciphertext")
            }
            ciphertext.complete(&header, encrypting: frame, with: cipher)
            let result = Result { () throws(StorageError) in try write(ciphertext.frame(header), to: active) }
            self.ciphertext = consume ciphertext
            try finish(result)
        } else {
            frame.complete(&header)
            try finish(Result { () throws(StorageError) in try write(frame.frame(header), to: active) })
        }
        active.record.add(header)
        return advance(past: header)
    }

    package mutating func markIdle(_ context: CommitContext) throws(LogStoreError) -> CommittedPlace {
        guard let active else { invariantViolated("an idle marker before the first file") }
        var header = makeHeader(
            .idleMarker, rawLength: 0, eventCount: 0, firstSequence: context.durableEnd, context,
            in: active)
        idle.complete(&header)
        try finish(Result { () throws(StorageError) in try write(idle.frame(header), to: active) })
        return advance(past: header)
    }

    private func makeHeader(
        _ kind: FrameHeader.Kind, rawLength: Int, eventCount: Int, firstSequence: UInt64,
        _ context: CommitContext, in active: Active
    ) -> FrameHeader {
        let isEncrypted = kind == .data && active.cipher != nil
        let storedLength = rawLength + (isEncrypted ? AEADCipher.tagByteCount : 0)
        return FrameHeader(
            kind: kind, isEncrypted: isEncrypted,
            totalLength: FrameHeader.totalLength(storedLength: storedLength), storedLength: storedLength,
            rawLength: rawLength, bodyCRC: 0, eventCount: eventCount, firstSequence: firstSequence,
            durableSequence: context.durableEnd, epoch: context.epoch, ordinal: active.ordinal,
            wallTime: platform.wallTime(), fileOffset: active.offset,
            previousTotalLength: active.previousTotalLength, rootBefore: context.rootBefore,
            fileUUID: active.record.uuid)
    }

    private func write(_ bytes: RawSpan, to active: Active) throws(StorageError) {
        try active.file.write(bytes, at: active.offset)
        try active.file.sync()
    }

    private func finish(_ result: Result<Void, StorageError>) throws(LogStoreError) {
        do { try result.get() } catch { throw .storage(error) }
    }

    private mutating func advance(past header: FrameHeader) -> CommittedPlace {
        guard var active else { invariantViolated("advanced without a file") }
        active.offset += UInt64(header.totalLength)
        active.ordinal += 1
        active.previousTotalLength = header.totalLength
        self.active = active
        return CommittedPlace(fileUUID: active.record.uuid, endOffset: active.offset)
    }

    /// Starts a new file: header written and synced under the temporary name, then renamed, then the
    /// directory synced; no frame before that. Its predecessor's last frame is durable by then.
    private mutating func roll(for frame: borrowing FrameBuffer, _ context: CommitContext)
        throws(LogStoreError)
    {
        guard let prepared = preparer.takeReady(), let month = frame.month else {
            invariantViolated("rolled without a prepared file")
        }
        try ensureKey(for: month)
        let key = try keys.encryption.makeFileKey(month: month.number, platform: platform)
        let header = FileHeader(
            kind: .wal, fileUUID: platform.makeUUID(), ledgerUUID: identity.ledger, shard: identity.shard,
            partition: month.number, firstSequence: frame.firstSequence, epoch: identity.epoch,
            createdTime: platform.wallTime(), previousFileUUID: previousFileUUID,
            rootAtFirst: context.rootBefore, monthKeyID: key?.monthKeyID ?? .zero,
            wrappedDataKey: key?.wrapped ?? [UInt8](repeating: 0, count: FileHeader.wrappedKeyByteCount),
            aead: key == nil ? 0 : 1, alignment: UInt32(AlignedBuffer.alignment),
            preallocatedBytes: UInt64(geometry.walBytes))
        let path = paths.walFile(firstSequence: frame.firstSequence, incarnation: identity.incarnation)
        var page = AlignedBuffer(byteCount: FileHeader.byteCount)
        var bytes = page.mutableBytes
        header.encode(into: &bytes)
        do throws(StorageError) {
            try prepared.file.write(page.bytes, at: 0)
            try prepared.file.sync()
            try platform.disk.rename(prepared.path, to: path)
            try platform.disk.syncDirectory(paths.wal)
        } catch { throw .storage(error) }
        let record = WALFileRecord(path: path, header: header, dataKey: key?.dataKey)
        active?.record.close()
        catalog.addWAL(record)
        catalog.withBacklog(exchange.setBacklog)
        active = Active(
            file: prepared.file, record: record, cipher: key.map { FrameCipher(key: $0.dataKey) },
            offset: UInt64(FileHeader.byteCount), ordinal: 1, previousTotalLength: 0)
        previousFileUUID = header.fileUUID
    }

    /// A month's key is made ahead by the preparer; here only if the month came unannounced.
    private func ensureKey(for month: Month) throws(LogStoreError) {
        guard try keys.prepare(month) else { return }
        let generation = keys.generation
        try superblocks.update { $0.keyringGeneration = generation }
        exchange.post(.keyringWritten(generation: generation, keyID: keys.wrapping?.id ?? .zero))
    }
}
