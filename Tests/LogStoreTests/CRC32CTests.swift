import LogStore
import Testing

@Suite struct CRC32CTests {
    // RFC 3720, appendix B.4.
    private static let vectors: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
    ]

    @Test(arguments: vectors)
    func `the instruction and the table give the values of RFC 3720`(bytes: [UInt8], expected: UInt32) {
        #expect(bytes.withRawSpan { CRC32C.of($0) } == expected)
        #expect(bytes.withRawSpan { CRC32C.byTable($0) } == expected)
    }

    @Test func `the instruction and the table agree at every length around whole lanes`() {
        // The instruction takes 3 × 1024 bytes at a time.
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
        let lengths = (0...80).map { $0 } + (3_000...3_160).map { $0 } + (6_130...6_160).map { $0 } + [9_999]
        bytes.withRawSpan { bytes in
            for length in lengths {
                let part = bytes.extracting(1..<1 + length)
                #expect(CRC32C.of(part) == CRC32C.byTable(part), "\(length) bytes")
            }
        }
    }

    @Test func `a checksum goes on where another ended`() {
        let bytes = (0..<9_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        bytes.withRawSpan { bytes in
            let whole = CRC32C.byTable(bytes)
            for cut in [0, 1, 8, 3_071, 3_072, 3_073, 5_000, 9_000] {
                let first = CRC32C.of(bytes.extracting(0..<cut))
                #expect(CRC32C.of(bytes.extracting(cut..<9_000), seed: first) == whole, "cut at \(cut)")
            }
        }
    }
}
