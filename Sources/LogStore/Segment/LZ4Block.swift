internal import CHoldfastLZ4

/// LZ4's raw block format (github.com/lz4/lz4, doc/lz4_Block_format.md): no header, no checksum; lengths and
/// sums are ours. Neither direction allocates.
enum LZ4Block {
    /// No block shrinks its input further than this: a length byte of 255 stands for 255 bytes.
    static let ratioMax = 255

    /// Compresses into at most `limit` bytes of `target`; nil if they do not suffice.
    static func compress(_ source: RawSpan, into target: inout MutableRawSpan, limit: Int) -> Int? {
        invariant(limit <= target.byteCount, "\(limit) compressed bytes into \(target.byteCount)")
        let written = unsafe target.withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { source in
                // SAFETY: LZ4 writes at most `limit` bytes, which the target has, and reads the source only.
                unsafe LZ4_compress_default(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count), Int32(limit)
                )
            }
        }
        return written > 0 ? Int(written) : nil
    }

    /// Decompresses all of `source` into at most `limit` bytes of `target`; nil if it is malformed or longer.
    static func decompress(_ source: RawSpan, into target: inout MutableRawSpan, limit: Int) -> Int? {
        invariant(limit <= target.byteCount, "\(limit) decompressed bytes into \(target.byteCount)")
        let written = unsafe target.withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { source in
                // SAFETY: the safe variant reads only the source and writes at most `limit` bytes, whatever
                // the source holds.
                unsafe LZ4_decompress_safe(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count), Int32(limit)
                )
            }
        }
        return written >= 0 ? Int(written) : nil
    }
}

extension [UInt8] {
    /// Makes room for `count` bytes. What was there is lost when it grows: for scratch memory that is kept
    /// between uses so that nothing is allocated once it is large enough.
    mutating func grow(to count: Int) {
        if self.count < count { self = [UInt8](repeating: 0, count: count) }
    }
}
