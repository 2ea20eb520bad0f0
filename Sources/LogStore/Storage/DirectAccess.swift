/// The rule of modes `.readDirect` and `.commit`, checked by both twins in the same words: offset, length and
/// address are multiples of 4096. (Linux may be content with 512; then the next device is not.)
package enum DirectAccess {
    package static func isAligned(_ bytes: RawSpan, at offset: UInt64) -> Bool {
        // SAFETY: the address is only looked at.
        let address = unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        return isAligned(address, bytes.byteCount, offset)
    }

    package static func isAligned(_ bytes: inout MutableRawSpan, at offset: UInt64) -> Bool {
        // SAFETY: as above.
        let address = unsafe bytes.withUnsafeMutableBytes { UInt(bitPattern: $0.baseAddress) }
        return isAligned(address, bytes.byteCount, offset)
    }

    private static func isAligned(_ address: UInt, _ byteCount: Int, _ offset: UInt64) -> Bool {
        let granularity = AlignedBuffer.alignment
        return address % UInt(granularity) == 0 && byteCount % granularity == 0
            && offset % UInt64(granularity) == 0
    }
}

extension OpenMode {
    /// Whether every access must be aligned.
    package var isDirect: Bool { self == .readDirect || self == .commit }
    /// Whether the file may be changed through this handle.
    package var isWritable: Bool { self != .read && self != .readDirect }
}

extension StoragePath {
    /// Whether the path stays below the root: no empty component, no `.` and `..`. The root itself is fine.
    package var isWellFormed: Bool {
        if description.isEmpty { return true }
        return description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy {
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) && !$0.contains(0)
            }
    }
}
