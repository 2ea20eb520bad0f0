import Invariants
import Ledger

// Elements go out and come in as they lie in memory, some thousand at a time: enough to be one piece of work,
// few enough to stay in the cache until they have been digested and indexed too.

/// Elements handled at a time.
enum SnapshotPiece {
    static var elementCount: Int { 2_048 }
}

extension Region {
    /// Writes elements from `start` on, at most one piece, padding zeroed; returns how many.
    func writePiece<Sink: SnapshotSink>(
        from start: Int, atMost wanted: Int = .max, _ layout: RowLayout, _ scratch: inout [UInt8],
        to sink: Sink,
        _ edit: (Int, inout MutableRawSpan) -> Void = { _, _ in }
    ) throws(SnapshotFailure) -> Int {
        let number = min(count - start, wanted, SnapshotPiece.elementCount)
        let byteCount = number * layout.stride
        if scratch.count < byteCount { scratch = [UInt8](repeating: 0, count: byteCount) }
        // SAFETY: elements below `count` exist and lie side by side; the scratch is as long.
        unsafe scratch.withUnsafeMutableBytes {
            unsafe $0.baseAddress?.copyMemory(from: self.start + start, byteCount: byteCount)
        }
        var elements = scratch.mutableSpan
        // SAFETY: bytes have no padding.
        var whole = unsafe elements.mutableBytes
        var bytes = whole._mutatingExtracting(0..<byteCount)
        layout.clearPadding(&bytes)
        edit(number, &bytes)
        try sink.write(bytes.bytes)
        return number
    }

    /// Appends elements a source gives, at most one piece and no more than `wanted`; returns how many.
    mutating func readPiece<Source: SnapshotSource>(
        atMost wanted: Int, from source: Source
    ) throws(SnapshotFailure) -> Int {
        let number = min(wanted, SnapshotPiece.elementCount)
        while capacity < count + number { grow() }
        // SAFETY: there is room, as was just seen; what is filled counts only afterwards. The caller vouches
        // that the bytes are elements as this software writes them.
        let memory = unsafe UnsafeMutableRawBufferPointer(
            start: start + count, count: number * MemoryLayout<Element>.stride)
        var bytes = unsafe MutableRawSpan(_unsafeBytes: memory)
        try source.read(into: &bytes)
        elementCount += number
        return number
    }

    /// Writes how many there are, and all of them; or only the first.
    func write<Sink: SnapshotSink>(first: Int? = nil, to sink: Sink) throws(SnapshotFailure) {
        let count = first ?? self.count
        let layout = RowLayout(of: Element.self)
        var scratch: [UInt8] = []
        try sink.write(word: UInt64(count))
        var start = 0
        while start < count {
            start += try writePiece(from: start, atMost: count - start, layout, &scratch, to: sink)
        }
    }

    /// A list that `write` wrote.
    static func read<Source: SnapshotSource>(
        from source: Source, countMax: Int
    ) throws(SnapshotFailure) -> Region {
        let wanted = try source.word()
        guard wanted <= UInt64(countMax) else {
            throw SnapshotFailure("a list of \(wanted), at most \(countMax)")
        }
        var list = Region()
        while list.count < Int(wanted) {
            _ = try list.readPiece(atMost: Int(wanted) - list.count, from: source)
        }
        return list
    }
}

/// One value as it lies in memory, padding zeroed.
enum SnapshotValue {
    static func write<Value: BitwiseCopyable, Sink: SnapshotSink>(
        _ value: Value, to sink: Sink
    ) throws(SnapshotFailure) {
        var list = Region<Value>()
        list.append(value)
        try list.write(to: sink)
    }

    static func read<Value: BitwiseCopyable, Source: SnapshotSource>(
        _ type: Value.Type, from source: Source
    ) throws(SnapshotFailure) -> Value {
        let list = try Region<Value>.read(from: source, countMax: 1)
        guard list.count == 1 else { throw SnapshotFailure("a value is missing") }
        return list[0]
    }
}
