internal import Invariants

/// Bytes on their way out: frames one after the other in memory that is used again. Used by one thread.
package struct WireBuffer: ~Copyable {
    private var storage: [UInt8]
    /// Bytes in use.
    package private(set) var count = 0

    package init(capacity: Int = 4_096) { storage = [UInt8](repeating: 0, count: max(capacity, 64)) }

    /// Forgets the bytes, keeps the memory.
    package mutating func removeAll() { count = 0 }

    /// Forgets the bytes behind `count`.
    package mutating func truncate(to count: Int) {
        invariant(count <= self.count, "a buffer cannot grow by truncation")
        self.count = count
    }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            unsafe storage.span.bytes.extracting(0..<count)
        }
    }

    /// Lends some of the bytes to `body`.
    package borrowing func withBytes(_ range: Range<Int>, _ body: (RawSpan) -> Void) {
        body(bytes.extracting(range))
    }

    // MARK: Values

    @inline(__always)
    package mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let size = Value.bitWidth / 8
        reserve(size)
        set(value, at: count)
        count &+= size
    }

    package mutating func put(_ run: RawSpan) {
        reserve(run.byteCount)
        let start = count
        unsafe storage.withUnsafeMutableBytes { target in
            unsafe run.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                // SAFETY: `reserve` made room for the run behind `start`; a borrowed span overlaps no array
                // that is being changed.
                unsafe (to + start).copyMemory(from: from, byteCount: source.count)
            }
        }
        count &+= run.byteCount
    }

    package mutating func put(_ bytes: [UInt8]) {
        // SAFETY: as above.
        put(unsafe bytes.span.bytes)
    }

    /// A text of at most 65,535 bytes, after its length in two bytes; longer ones are cut.
    package mutating func put(text: String) {
        let bytes = Array(text.utf8.prefix(Int(UInt16.max)))
        put(UInt16(bytes.count))
        put(bytes)
    }

    /// Lets `body` write into so many bytes more; it returns how many it wrote.
    @inline(__always)
    package mutating func withRoom(_ byteCount: Int, _ body: (inout MutableRawSpan) -> Int) {
        reserve(byteCount)
        let start = count
        var elements = storage.mutableSpan
        // SAFETY: `mutableBytes` is unsafe only for element types with padding; UInt8 has none.
        var all = unsafe elements.mutableBytes
        var room = all._mutatingExtracting(start..<start &+ byteCount)
        let written = body(&room)
        invariant(written <= byteCount, "\(written) bytes written into \(byteCount)")
        count = start &+ written
    }

    /// Changes a value that is there.
    @inline(__always)
    package mutating func set<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        var elements = storage.mutableSpan
        // SAFETY: as above.
        var bytes = unsafe elements.mutableBytes
        bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    @inline(__always)
    private mutating func reserve(_ byteCount: Int) {
        if storage.count &- count < byteCount { grow(byteCount) }
    }

    @inline(never)
    private mutating func grow(_ byteCount: Int) {
        let capacity = max(storage.count * 2, count + byteCount)
        storage.append(contentsOf: repeatElement(0, count: capacity - storage.count))
    }

    // MARK: Frames

    /// Begins a frame; its body is what is put until `endFrame`.
    ///
    /// - Returns: where it begins, for `endFrame`.
    package mutating func beginFrame() -> Int {
        let start = count
        reserve(MessageHeader.byteCount)
        count &+= MessageHeader.byteCount
        return start
    }

    /// Ends the frame that began at `start`: writes its header, both checksums included.
    package mutating func endFrame(
        _ start: Int, _ type: MessageType, request: UInt64, flags: MessageFlags = []
    ) {
        let body = start &+ MessageHeader.byteCount
        let crc = WireChecksum.of(bytes.extracting(body..<count))
        set(UInt32(count &- body), at: start)
        set(type.rawValue, at: start &+ 4)
        set(flags.rawValue, at: start &+ 6)
        set(request, at: start &+ 8)
        set(crc, at: start &+ 16)
        let headerCRC = WireChecksum.of(bytes.extracting(start..<start &+ 20))
        set(headerCRC, at: start &+ 20)
    }

    /// A frame without a body.
    package mutating func putFrame(_ type: MessageType, request: UInt64) {
        endFrame(beginFrame(), type, request: request)
    }
}
