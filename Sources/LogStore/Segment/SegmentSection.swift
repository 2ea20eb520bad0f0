/// One part of a segment's footer, as the tail's table names it.
///
///     0   2   kind
///     2   2   zero
///     4   4   CRC-32C         over the stored bytes
///     8   8   file offset
///     16  4   stored length
///     20  4   raw length      16 less under encryption
///
/// An encrypted section is ciphertext ‖ tag under Nonce(footer, kind); every kind occurs once in a file.
/// Authenticated with it: kind 2 ‖ zero 2 ‖ raw length 4 ‖ file UUID 16 ‖ file offset 8.
package struct SegmentSection: Sendable, Equatable {
    /// Stored in this order, each exactly once.
    package enum Kind: UInt16, Sendable, CaseIterable {
        case blockIndex = 1
        case tileHashes, edgeLeaves, blockFilters, segmentFilter, controlTotals, treeFrontier, provenance
    }

    package let kind: Kind
    package let checksum: UInt32
    package let fileOffset: UInt64
    package let storedByteCount: Int
    package let rawByteCount: Int

    package static let byteCount = 24
    private static let authenticatedByteCount = 32

    /// Seals `plain` for `fileOffset` and appends the stored bytes to `output`.
    init(
        sealing plain: RawSpan, kind: Kind, fileOffset: UInt64, fileUUID: LogUUID, cipher: AEADCipher?,
        appendingTo output: inout [UInt8]
    ) {
        let start = output.count
        let stored = plain.byteCount + (cipher == nil ? 0 : AEADCipher.tagByteCount)
        invariant(stored <= UInt32.max, "a footer section of \(stored) bytes")
        output.append(contentsOf: repeatElement(0, count: stored))
        let authenticated = Self.authenticatedBytes(kind, plain.byteCount, fileUUID, fileOffset)
        checksum = output.withMutableRawSpan { output in
            if let cipher {
                var target = output._mutatingExtracting(start..<output.byteCount)
                authenticated.withRawSpan {
                    cipher.seal(
                        plain, nonce: Nonce(.footer, UInt64(kind.rawValue)), authenticating: $0, into: &target
                    )
                }
            } else {
                output.copy(from: plain, at: start)
            }
            return CRC32C.of(output.bytes.extracting(start..<output.byteCount))
        }
        (self.kind, self.fileOffset) = (kind, fileOffset)
        (storedByteCount, rawByteCount) = (stored, plain.byteCount)
    }

    /// The plain bytes of the section, from exactly its stored bytes.
    package func open(
        _ stored: RawSpan, fileUUID: LogUUID, cipher: AEADCipher?
    ) throws(DecodingFailure) -> [UInt8] {
        guard stored.byteCount == storedByteCount else {
            throw DecodingFailure("section \(kind) takes \(storedByteCount) bytes, found \(stored.byteCount)")
        }
        let computed = CRC32C.of(stored)
        guard computed == checksum else {
            throw DecodingFailure("CRC of section \(kind) is \(checksum), its bytes give \(computed)")
        }
        guard storedByteCount - rawByteCount == (cipher == nil ? 0 : AEADCipher.tagByteCount) else {
            throw DecodingFailure("section \(kind) encrypted: \(cipher == nil), expected the opposite")
        }
        guard let cipher else { return stored.array() }
        var plain = [UInt8](repeating: 0, count: rawByteCount)
        let isGenuine = Self.authenticatedBytes(kind, rawByteCount, fileUUID, fileOffset).withRawSpan {
            authenticated in
            plain.withMutableRawSpan { plain in
                cipher.open(
                    stored, nonce: Nonce(.footer, UInt64(kind.rawValue)), authenticating: authenticated,
                    into: &plain)
            }
        }
        guard isGenuine else {
            throw DecodingFailure(
                "section \(kind) is intact but not authentic under this key", isAuthenticationFailure: true)
        }
        return plain
    }

    private static func authenticatedBytes(
        _ kind: Kind, _ rawByteCount: Int, _ fileUUID: LogUUID, _ fileOffset: UInt64
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: authenticatedByteCount)
        bytes.withMutableRawSpan { span in
            span.set(kind.rawValue, at: 0)
            span.set(UInt32(rawByteCount), at: 4)
            fileUUID.write(to: &span, at: 8)
            span.set(fileOffset, at: 24)
        }
        return bytes
    }

    /// Writes the 24 bytes of the table entry.
    func write(to target: inout MutableRawSpan, at offset: Int) {
        target.set(kind.rawValue, at: offset)
        target.set(0 as UInt16, at: offset + 2)
        target.set(checksum, at: offset + 4)
        target.set(fileOffset, at: offset + 8)
        target.set(UInt32(storedByteCount), at: offset + 16)
        target.set(UInt32(rawByteCount), at: offset + 20)
    }

    /// Reads a table entry that must be of `kind` and start at `fileOffset`.
    init(
        decoding source: RawSpan, at offset: Int, kind: Kind, fileOffset: UInt64, isEncrypted: Bool
    ) throws(DecodingFailure) {
        guard source.u16(offset) == kind.rawValue, source.u16(offset + 2) == 0,
            source.u64(offset + 8) == fileOffset
        else { throw DecodingFailure("the section table has no \(kind) at file offset \(fileOffset)") }
        self.kind = kind
        self.fileOffset = fileOffset
        checksum = source.u32(offset + 4)
        storedByteCount = Int(source.u32(offset + 16))
        rawByteCount = Int(source.u32(offset + 20))
        guard storedByteCount - rawByteCount == (isEncrypted ? AEADCipher.tagByteCount : 0) else {
            throw DecodingFailure("section \(kind): \(rawByteCount) raw bytes in \(storedByteCount)")
        }
    }
}
