import LogStore
import Projections
import Synchronization

/// Reads a snapshot file block by block, on a thread of its own, a few blocks ahead of whoever takes the
/// bytes; every block is checked and opened before its bytes are seen.
final class SnapshotReader<File: StorageFile>: SnapshotSource, Sendable {
    /// Opened contents on their way, used again and again; with one thread at a time.
    private final class Slot: Sendable {
        let state = Mutex(Contents())
    }

    private struct Contents {
        var bytes = [UInt8](repeating: 0, count: SnapshotBlock.lengthMax)
        var count = 0
        var kind = SnapshotBlock.Kind.body
        var failure: LogStoreError?
    }

    private let file: File
    private let fileUUID: LogUUID
    private let path: StoragePath
    private let key: SecretKey?
    private let slots = (0..<slotCount).map { _ in Slot() }
    private let filled = Atomic<Int>(0)
    private let drained = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let filling = Signal()
    private let draining = Signal()
    /// What the taking thread knows.
    private let taking = Mutex(Taking())

    private struct Taking {
        /// Bytes of the block at hand that were taken.
        var offset = 0
        var bodyByteCount: UInt64 = 0
        var failure: LogStoreError?
    }

    private static var slotCount: Int { 4 }

    init(file: File, path: StoragePath, fileUUID: LogUUID, key: SecretKey?) {
        self.file = file
        self.path = path
        self.fileUUID = fileUUID
        self.key = key
    }

    /// Starts the thread; the caller joins it after `stop`.
    func start() -> DedicatedThread { DedicatedThread(name: "hf-snapshot") { self.run() } }

    func stop() {
        isStopped.store(true, ordering: .releasing)
        draining.raise()
    }

    /// What was wrong with the file, if that is why reading failed.
    var failure: LogStoreError? { taking.withLock { $0.failure } }

    // MARK: The thread that takes

    func read(into target: inout MutableRawSpan) throws(SnapshotFailure) {
        var done = 0
        while done < target.byteCount {
            let slot = try currentSlot(.body)
            let start = taking.withLock { $0.offset }
            let count: Int = slot.state.withLock { contents in
                let count = min(contents.count - start, target.byteCount - done)
                contents.bytes.withRawSpan {
                    target.copy(from: $0.extracting(start..<start + count), at: done)
                }
                return count
            }
            done += count
            take(count, of: slot)
        }
    }

    private func take(_ count: Int, of slot: Slot) {
        let size = slot.state.withLock { $0.count }
        let isEmpty = taking.withLock { taking in
            taking.offset += count
            taking.bodyByteCount += UInt64(count)
            guard taking.offset == size else { return false }
            taking.offset = 0
            return true
        }
        if isEmpty { giveBack() }
    }

    private func giveBack() {
        drained.wrappingAdd(1, ordering: .releasing)
        draining.raise()
    }

    /// The block at hand, which must be of this kind.
    private func currentSlot(_ kind: SnapshotBlock.Kind) throws(SnapshotFailure) -> Slot {
        let number = drained.load(ordering: .relaxed)
        while true {
            let seen = filling.current
            if filled.load(ordering: .acquiring) > number { break }
            filling.wait(since: seen, spinNanoseconds: 20_000)
        }
        let slot = slots[number % Self.slotCount]
        let (found, failure) = slot.state.withLock { ($0.kind, $0.failure) }
        if let failure {
            taking.withLock { $0.failure = failure }
            throw SnapshotFailure("\(failure)")
        }
        guard found == kind else { throw SnapshotFailure("a block of \(kind) is wanted, this is \(found)") }
        return slot
    }

    /// The first block.
    func preamble() throws(SnapshotFailure) -> SnapshotPreamble {
        let slot = try currentSlot(.preamble)
        defer { giveBack() }
        do throws(DecodingFailure) {
            return try slot.state.withLock { (contents) throws(DecodingFailure) in
                try contents.bytes.withRawSpan { (span) throws(DecodingFailure) in
                    try SnapshotPreamble(decoding: span.extracting(0..<contents.count))
                }
            }
        } catch { throw SnapshotFailure("\(error)") }
    }

    /// The last block: everything must have been taken.
    func expectEnd() throws(SnapshotFailure) {
        let slot = try currentSlot(.end)
        defer { giveBack() }
        let (count, said) = slot.state.withLock { contents in
            (contents.count, contents.bytes.withRawSpan { $0.u64(0) })
        }
        let taken = taking.withLock { $0.bodyByteCount }
        guard count == 8, said == taken else {
            throw SnapshotFailure("the body has \(said) bytes, \(taken) were wanted")
        }
    }

    // MARK: The thread that reads

    private func run() {
        let cipher = key.map { AEADCipher(key: $0) }
        var buffer = AlignedBuffer(byteCount: (SnapshotBlock.storedMax + 2 * 4095) / 4096 * 4096)
        var offset = UInt64(FileHeader.byteCount)
        var number = 0
        while let slot = freeSlot(number) {
            let isLast = slot.state.withLock { contents in
                fill(&contents, UInt64(number), &offset, &buffer, cipher)
            }
            filled.wrappingAdd(1, ordering: .releasing)
            filling.raise()
            if isLast { return }
            number += 1
        }
    }

    private func freeSlot(_ number: Int) -> Slot? {
        while true {
            let seen = draining.current
            if isStopped.load(ordering: .acquiring) { return nil }
            if number - drained.load(ordering: .acquiring) < Self.slotCount {
                return slots[number % Self.slotCount]
            }
            draining.wait(since: seen, spinNanoseconds: 20_000)
        }
    }

    /// Reads, checks and opens one block; true if none comes after it.
    private func fill(
        _ contents: inout Contents, _ ordinal: UInt64, _ offset: inout UInt64, _ buffer: inout AlignedBuffer,
        _ cipher: AEADCipher?
    ) -> Bool {
        do throws(LogStoreError) {
            let stored = try readBlock(at: offset, into: &buffer)
            let got = stored.byteCount
            do throws(DecodingFailure) {
                let head = try SnapshotBlock(decoding: stored, ordinal: ordinal)
                let size =
                    SnapshotBlock.byteCount + head.length + (cipher == nil ? 0 : AEADCipher.tagByteCount)
                guard size <= got else { throw DecodingFailure("block \(ordinal) is cut") }
                try open(stored.extracting(0..<size), head, cipher, into: &contents)
                offset += UInt64(size)
                guard head.kind == .end else { return false }
                guard got == size else { throw DecodingFailure("the file goes on after its end") }
                return true
            } catch { throw LogStoreError.damaged(error.damage(in: path, at: offset)) }
        } catch {
            contents.failure = error
            return true
        }
    }

    /// What the file holds from `offset` on, a block and more if there is as much.
    @_lifetime(&buffer)
    private func readBlock(
        at offset: UInt64, into buffer: inout AlignedBuffer
    ) throws(LogStoreError) -> RawSpan {
        let skipped = Int(offset % UInt64(AlignedBuffer.alignment))
        let got: Int
        do { got = try file.read(into: &buffer, at: offset - UInt64(skipped)) } catch {
            throw .storage(error)
        }
        return buffer.bytes.extracting(min(skipped, got)..<max(skipped, got))
    }

    private func open(
        _ stored: RawSpan, _ head: SnapshotBlock, _ cipher: AEADCipher?, into contents: inout Contents
    ) throws(DecodingFailure) {
        let (said, found) = (stored.u32(0), SnapshotBlock.checksum(of: stored))
        guard said == found else {
            throw DecodingFailure("block \(head.ordinal) has CRC \(said), its bytes give \(found)")
        }
        contents.kind = head.kind
        contents.count = head.length
        let sealed = stored.extracting(SnapshotBlock.byteCount..<stored.byteCount)
        guard let cipher else { return contents.bytes.withMutableRawSpan { $0.copy(from: sealed, at: 0) } }
        let isAuthentic = SnapshotBlock.authenticated(file: fileUUID, stored).withRawSpan { authenticated in
            contents.bytes.withMutableRawSpan { target in
                cipher.open(
                    sealed, nonce: Nonce(.snapshot, head.ordinal), authenticating: authenticated,
                    into: &target)
            }
        }
        guard isAuthentic else {
            throw DecodingFailure("block \(head.ordinal) is not authentic", isAuthenticationFailure: true)
        }
    }
}
