import LogStore
import Testing

@Suite struct SegmentFileHeaderTests {
    private static func makeHeader(_ kind: FileHeader.Kind, encrypted: Bool) -> FileHeader {
        FileHeader(
            kind: kind, fileUUID: makeUUID(0x10), ledgerUUID: makeUUID(0x20), shard: 3, partition: 202_611,
            firstSequence: 0x0102_0304_0506_0708, epoch: 9, createdTime: 1_795_000_000_000_000_001,
            previousFileUUID: makeUUID(0x30), rootAtFirst: makeHash(0x40),
            monthKeyID: encrypted ? makeUUID(0x60) : .zero,
            wrappedDataKey: encrypted ? Array(0x80..<0xA8) : [UInt8](repeating: 0, count: 40),
            aead: encrypted ? 1 : 0, codec: 2, alignment: 4096, preallocatedBytes: 128 << 20)
    }

    private static func encode(_ header: FileHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: FileHeader.byteCount)
        bytes.withMutableRawSpan { header.encode(into: &$0) }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodingFailure) -> FileHeader {
        try bytes.withRawSpan { (span) throws(DecodingFailure) in try FileHeader(decoding: span) }
    }

    /// Puts a right checksum on changed bytes.
    private static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(8..<12, with: [0, 0, 0, 0])
        let crc = bytes.withRawSpan { CRC32C.of($0) }
        bytes.withMutableRawSpan { $0.set(crc, at: 8) }
        return bytes
    }

    @Test(arguments: FileHeader.Kind.allCases, [false, true])
    func `a file header comes back as it was written`(kind: FileHeader.Kind, encrypted: Bool) throws {
        let header = Self.makeHeader(kind, encrypted: encrypted)
        #expect(try Self.decode(Self.encode(header)) == header)
    }

    @Test func `the bytes of a file header are fixed`() {
        let bytes = Self.encode(Self.makeHeader(.segment, encrypted: true))
        #expect(
            hex(Array(bytes[0..<200]))
                == golden(
                    """
                    484653454730303166dee86d01000100101112131415161718191a1b1c1d1e1f
                    202122232425262728292a2b2c2d2e2f03000000731703000807060504030201
                    09000000000000000180d35bfd1ee918303132333435363738393a3b3c3d3e3f
                    404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f
                    606162636465666768696a6b6c6d6e6f808182838485868788898a8b8c8d8e8f
                    909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a70100020000100000
                    0000000800000000
                    """))
        #expect(bytes[200...].allSatisfy { $0 == 0 })
        #expect(Self.encode(Self.makeHeader(.wal, encrypted: false)).starts(with: Array("HFWAL001".utf8)))
        #expect(
            Self.encode(Self.makeHeader(.snapshot, encrypted: false)).starts(with: Array("HFSNP001".utf8)))
    }

    @Test func `every flipped bit and every truncation is rejected`() {
        let bytes = Self.encode(Self.makeHeader(.wal, encrypted: true))
        for bit in 0..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: DecodingFailure.self) { try Self.decode(flipped) }
        }
        for length in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) { try Self.decode(Array(bytes[..<length])) }
        }
    }

    @Test(arguments: [
        (12, 0), (14, 0), (14, 2), (52, 0), (184, 2), (186, 3), (188, 1), (200, 1), (4095, 1), (184, 0),
    ])
    func `fields out of range are rejected under a right checksum`(offset: Int, value: UInt8) {
        var bytes = Self.encode(Self.makeHeader(.wal, encrypted: true))
        bytes[offset] = value
        #expect(throws: DecodingFailure.self) { try Self.decode(Self.resealed(bytes)) }
    }
}
