/// Reads and checks frames of one write-ahead file: recovery, readers and the sealer all go through here.
///
/// Keeps a window of the file in memory so that small frames cost no call each. Used by one thread.
package struct WALFrameReader<File: StorageFile>: ~Copyable {
    /// What a frame must be, as far as the caller knows.
    package struct Expectation: Sendable {
        package var offset: UInt64
        package var sequence: UInt64
        /// nil when frames before this one were not read.
        package var ordinal: UInt64?
        package var previousTotalLength: Int?
        /// Time of the last event before it; 0 when unknown.
        package var timeAfter: UInt64 = 0
        package var root: Hash256?

        package init(offset: UInt64, sequence: UInt64) {
            self.offset = offset
            self.sequence = sequence
        }
    }

    /// What stands at an offset.
    package enum Outcome: Sendable {
        /// A valid frame; its events are in `events`.
        case frame(FrameHeader)
        /// Not a valid frame. The header is there if it at least is valid and belongs to this file.
        case invalid(String, header: FrameHeader?)
    }

    /// How far into a frame to look.
    package enum Depth: Sendable {
        /// Down to the events; with the file's data key if it is encrypted.
        case events(SecretKey?)
        /// Headers, checksums and padding alone: takes no key.
        case outside
    }

    /// The file being read.
    private struct Open {
        let file: File
        let header: FileHeader
        let size: UInt64
        let readsEvents: Bool
        let isEncrypted: Bool
        let cipher: FrameCipher?
    }

    private var source: Open?
    private var window: AlignedBuffer
    private var windowOffset: UInt64 = 0
    private var windowCount = 0
    private var plain: AlignedBuffer
    private var eventsRange = 0..<0
    private var areEventsInPlain = false
    private var current: FrameHeader?

    /// - Parameter windowBytes: how much is read at a time; a larger frame is read whole.
    package init(
        file: File, header: FileHeader, dataKey: SecretKey?, windowBytes: Int
    ) throws(LogStoreError) {
        self.init(windowBytes: windowBytes)
        try open(file: file, header: header, dataKey: dataKey)
    }

    /// A reader without a file yet; `open` follows.
    package init(windowBytes: Int) {
        window = AlignedBuffer(byteCount: windowBytes)
        plain = AlignedBuffer(byteCount: AlignedBuffer.alignment)
    }

    /// Goes on in another file, or in the same one with fresh bytes.
    package mutating func open(file: File, header: FileHeader, dataKey: SecretKey?) throws(LogStoreError) {
        try open(file: file, header: header, reads: .events(dataKey))
    }

    package mutating func open(file: File, header: FileHeader, reads depth: Depth) throws(LogStoreError) {
        let size = try onDisk { () throws(StorageError) in try file.size() }
        switch depth {
        case .events(let key):
            source = Open(
                file: file, header: header, size: size, readsEvents: true, isEncrypted: key != nil,
                cipher: key.map { FrameCipher(key: $0) })
        case .outside:
            source = Open(
                file: file, header: header, size: size, readsEvents: false, isEncrypted: header.isEncrypted,
                cipher: nil)
        }
        forgetWindow()
    }

    /// Has the next frame read from the disk again.
    package mutating func forgetWindow() {
        windowCount = 0
        current = nil
    }

    /// Size of the file in bytes.
    package var size: UInt64 { opened.size }

    private var opened: Open {
        guard let source else { invariantViolated("no file is open") }
        return source
    }

    /// The events of the frame last accepted.
    package var events: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            areEventsInPlain ? plain.bytes.extracting(eventsRange) : window.bytes.extracting(eventsRange)
        }
    }

    /// The events of the frame last accepted, as a run.
    package var run: EventRun {
        @_lifetime(borrow self)
        borrowing get {
            guard let current else { invariantViolated("no frame was accepted") }
            return EventRun(
                unchecked: events, count: current.eventCount, firstSequence: current.firstSequence)
        }
    }

    /// Checks the frame at `expected.offset` in every respect; throws only if the disk does.
    package mutating func read(_ expected: Expectation) throws(StorageError) -> Outcome {
        current = nil
        let fileSize = opened.size
        guard expected.offset <= fileSize, fileSize - expected.offset >= UInt64(FrameHeader.byteCount) else {
            return .invalid("the file ends at \(fileSize)", header: nil)
        }
        guard try fill(from: expected.offset, count: AlignedBuffer.alignment) else {
            return .invalid("the file ends inside a page", header: nil)
        }
        let frame: FrameHeader
        do { frame = try FrameHeader(decoding: bytes(at: expected.offset, FrameHeader.byteCount)) } catch {
            return .invalid(error.description, header: nil)
        }
        if let fault = fault(of: frame, expected) {
            return .invalid(fault, header: frame.fileUUID == opened.header.fileUUID ? frame : nil)
        }
        guard expected.offset + UInt64(frame.totalLength) <= fileSize,
            try fill(from: expected.offset, count: frame.totalLength)
        else { return .invalid("the file ends inside the frame", header: frame) }
        if let fault = bodyFault(of: frame, expected) { return .invalid(fault, header: frame) }
        if opened.readsEvents { current = frame }
        return .frame(frame)
    }

    /// Whether the header belongs here: this file, this place, this position in the log.
    private func fault(of frame: FrameHeader, _ expected: Expectation) -> String? {
        let header = opened.header
        if frame.fileUUID != header.fileUUID { return "the frame belongs to file \(frame.fileUUID)" }
        if frame.fileOffset != expected.offset { return "the frame belongs at offset \(frame.fileOffset)" }
        if frame.epoch != header.epoch { return "epoch \(frame.epoch), expected \(header.epoch)" }
        if frame.firstSequence != expected.sequence {
            return "first sequence \(frame.firstSequence), expected \(expected.sequence)"
        }
        if let ordinal = expected.ordinal, frame.ordinal != ordinal {
            return "ordinal \(frame.ordinal), expected \(ordinal)"
        }
        if let length = expected.previousTotalLength, frame.previousTotalLength != length {
            return "previous length \(frame.previousTotalLength), expected \(length)"
        }
        if frame.kind == .data && frame.isEncrypted != opened.isEncrypted {
            return frame.isEncrypted ? "encrypted frame in a plain file" : "plain frame in an encrypted file"
        }
        if let root = expected.root, frame.rootBefore != root {
            return "root before is \(frame.rootBefore), expected \(root)"
        }
        return nil
    }

    private mutating func bodyFault(of frame: FrameHeader, _ expected: Expectation) -> String? {
        let start = Int(expected.offset - windowOffset)
        let stored = start + FrameHeader.byteCount..<start + FrameHeader.byteCount + frame.storedLength
        let crc = CRC32C.of(window.bytes.extracting(stored))
        if crc != frame.bodyCRC { return "body CRC is \(frame.bodyCRC), computed \(crc)" }
        if !window.bytes.extracting(stored.upperBound..<start + frame.totalLength).isZero {
            return "padding is not zero"
        }
        guard opened.readsEvents else { return nil }
        areEventsInPlain = frame.isEncrypted && frame.kind == .data
        eventsRange = stored
        if areEventsInPlain {
            guard open(frame, stored) else { return "the body is not genuine under the file's data key" }
            eventsRange = 0..<frame.rawLength
        }
        do {
            _ = try EventRun(
                validating: events, count: frame.eventCount, firstSequence: frame.firstSequence,
                after: expected.timeAfter)
        } catch { return error.description }
        return nil
    }

    private mutating func open(_ frame: FrameHeader, _ stored: Range<Int>) -> Bool {
        guard let cipher = opened.cipher else { return false }
        if plain.byteCount < frame.rawLength { plain = AlignedBuffer(byteCount: frame.rawLength) }
        return Self.open(window, stored, frame, with: cipher, into: &plain)
    }

    private static func open(
        _ window: borrowing AlignedBuffer, _ stored: Range<Int>, _ frame: FrameHeader,
        with cipher: FrameCipher, into plain: inout AlignedBuffer
    ) -> Bool {
        var target = plain.mutableBytes
        return cipher.open(window.bytes.extracting(stored), header: frame, into: &target)
    }

    /// Makes `count` bytes from `offset` available in the window; false if the file ends before.
    private mutating func fill(from offset: UInt64, count: Int) throws(StorageError) -> Bool {
        if offset >= windowOffset, offset + UInt64(count) <= windowOffset + UInt64(windowCount) {
            return true
        }
        if window.byteCount < count { window = AlignedBuffer(byteCount: count) }
        windowCount = 0
        windowCount = try opened.file.read(into: &window, at: offset, needing: count)
        windowOffset = offset
        return windowCount >= count
    }

    @_lifetime(borrow self)
    private borrowing func bytes(at offset: UInt64, _ count: Int) -> RawSpan {
        let start = Int(offset - windowOffset)
        return window.bytes.extracting(start..<start + count)
    }
}
