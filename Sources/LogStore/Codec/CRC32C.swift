internal import CHoldfastSystem

/// CRC-32C (Castagnoli), the checksum of every structure in the log; RFC 3720 appendix B.4.
package enum CRC32C {
    /// The checksum of `bytes`, or its continuation from `seed`.
    @inline(__always)
    package static func of(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        // SAFETY: the function reads exactly `count` bytes from the borrowed span.
        unsafe bytes.withUnsafeBytes { unsafe holdfast_crc32c(seed, $0.baseAddress, $0.count) }
    }

    /// The same by table, for comparison.
    package static func byTable(_ bytes: RawSpan) -> UInt32 {
        // SAFETY: as above.
        unsafe bytes.withUnsafeBytes { unsafe holdfast_crc32c_table(0, $0.baseAddress, $0.count) }
    }
}
