/// Walks the frames of a write-ahead file by headers and checksums alone: needs no key, and tells what the
/// first invalid frame is.
package struct FrameWalk<File: StorageFile>: ~Copyable {
    private let file: File
    private let header: FileHeader
    package let size: UInt64
    /// Where the next frame is looked for.
    package private(set) var offset = UInt64(FileHeader.byteCount)
    /// Sequence after the last frame walked.
    package private(set) var nextSequence: UInt64
    private var ordinal: UInt64 = 1
    private var previousTotalLength = 0
    private var window = AlignedBuffer(byteCount: AlignedBuffer.alignment)

    package init(file: File, header: FileHeader) throws(LogStoreError) {
        self.file = file
        self.header = header
        size = try onDisk { () throws(StorageError) in try file.size() }
        nextSequence = header.firstSequence
    }

    /// What stands at `offset`.
    package enum Step: Sendable {
        case frame(FrameHeader)
        /// Not a valid frame; the header if that at least is valid and belongs to this file.
        case invalid(String, FrameHeader?)
        case end
    }

    /// Looks at the next frame; stays where it is if that is not valid.
    package mutating func next() throws(LogStoreError) -> Step {
        guard size >= offset, size - offset >= UInt64(FrameHeader.byteCount) else { return .end }
        guard try fill(AlignedBuffer.alignment) else { return .invalid("the file ends inside a page", nil) }
        let frame: FrameHeader
        do { frame = try FrameHeader(decoding: window.bytes.extracting(0..<FrameHeader.byteCount)) } catch {
            return .invalid(error.description, nil)
        }
        if let fault = fault(of: frame) {
            return .invalid(fault, frame.fileUUID == header.fileUUID ? frame : nil)
        }
        guard try fill(frame.totalLength) else { return .invalid("the file ends inside the frame", frame) }
        let stored = FrameHeader.byteCount..<FrameHeader.byteCount + frame.storedLength
        let crc = CRC32C.of(window.bytes.extracting(stored))
        guard crc == frame.bodyCRC else {
            return .invalid("body CRC is \(frame.bodyCRC), computed \(crc)", frame)
        }
        guard window.bytes.extracting(stored.upperBound..<frame.totalLength).isZero else {
            return .invalid("padding is not zero", frame)
        }
        offset += UInt64(frame.totalLength)
        nextSequence = frame.endSequence
        ordinal += 1
        previousTotalLength = frame.totalLength
        return .frame(frame)
    }

    private func fault(of frame: FrameHeader) -> String? {
        if frame.fileUUID != header.fileUUID { return "the frame belongs to file \(frame.fileUUID)" }
        if frame.fileOffset != offset { return "the frame belongs at offset \(frame.fileOffset)" }
        if frame.epoch != header.epoch { return "epoch \(frame.epoch), expected \(header.epoch)" }
        if frame.firstSequence != nextSequence {
            return "first sequence \(frame.firstSequence), expected \(nextSequence)"
        }
        if frame.ordinal != ordinal { return "ordinal \(frame.ordinal), expected \(ordinal)" }
        if frame.previousTotalLength != previousTotalLength {
            return "previous length \(frame.previousTotalLength), expected \(previousTotalLength)"
        }
        if frame.kind == .data && frame.isEncrypted != header.isEncrypted {
            return frame.isEncrypted ? "encrypted frame in a plain file" : "plain frame in an encrypted file"
        }
        if ordinal == 1 && frame.rootBefore != header.rootAtFirst {
            return "root before is \(frame.rootBefore), the file header says \(header.rootAtFirst)"
        }
        return nil
    }

    /// The bytes from `offset` on into the window; false if the file ends before, or an unreadable
    /// sector lies there: both are told as an invalid frame.
    private mutating func fill(_ count: Int) throws(LogStoreError) -> Bool {
        if window.byteCount < count { window = AlignedBuffer(byteCount: count) }
        return try Self.read(file, at: offset, into: &window) >= count
    }

    private static func read(
        _ file: File, at offset: UInt64, into window: inout AlignedBuffer
    ) throws(LogStoreError) -> Int {
        var target = window.mutableBytes
        do { return try file.read(into: &target, at: offset) } catch {
            if error.code == ErrorNumber.inputOutput { return 0 }
            throw .storage(error)
        }
    }
}
