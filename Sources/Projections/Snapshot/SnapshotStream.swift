// The bytes of a snapshot, on their way: where they go and where they come from is for others to know.

/// Takes a snapshot's bytes, in order.
package protocol SnapshotSink: AnyObject {
    /// Takes the next bytes; they may be overwritten afterwards.
    func write(_ bytes: RawSpan) throws(SnapshotFailure)
}

/// Gives a snapshot's bytes, in order.
package protocol SnapshotSource: AnyObject {
    /// Fills all of `target` with the next bytes.
    func read(into target: inout MutableRawSpan) throws(SnapshotFailure)
}

/// Why a snapshot cannot be written or does not hold a state of this software.
package struct SnapshotFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension SnapshotSink {
    func write(word: UInt64) throws(SnapshotFailure) {
        let word = word.littleEndian
        // SAFETY: an integer is all bytes.
        try write(unsafe [word].span.bytes)
    }

    func write(_ digest: TableDigest) throws(SnapshotFailure) {
        try write(word: digest.rowCount)
        try write(word: UInt64(truncatingIfNeeded: digest.sum))
        try write(word: UInt64(truncatingIfNeeded: digest.sum >> 64))
    }
}

extension SnapshotSource {
    func word() throws(SnapshotFailure) -> UInt64 {
        var word = [UInt64](repeating: 0, count: 1)
        var elements = word.mutableSpan
        // SAFETY: any eight bytes are an integer.
        var bytes = unsafe elements.mutableBytes
        try read(into: &bytes)
        return UInt64(littleEndian: word[0])
    }

    func digest() throws(SnapshotFailure) -> TableDigest {
        var digest = TableDigest()
        digest.rowCount = try word()
        let (low, high) = (try word(), try word())
        digest.sum = UInt128(high) << 64 | UInt128(low)
        return digest
    }

    /// A word that must be this one.
    func expect(_ expected: UInt64, _ what: String) throws(SnapshotFailure) {
        let found = try word()
        guard found == expected else { throw SnapshotFailure("\(what) is \(found), expected \(expected)") }
    }
}
