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
}
