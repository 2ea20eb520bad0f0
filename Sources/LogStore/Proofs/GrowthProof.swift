// A consistency proof in the form witnesses are asked in (c2sp.org/tlog-witness, add-checkpoint):
//
//     "old " decimal newline
//     *(base64(hash) newline)               at most 63, in RFC 6962's order
//     newline
//     the newer signed checkpoint, verbatim

/// Shows that a log only grew between an older checkpoint and the newer one inside.
public struct GrowthProof: Sendable, Hashable {
    /// Size of the older tree.
    public let oldSize: UInt64
    /// From the older tree's root to the newer one's.
    public let path: ConsistencyProof
    /// The newer signed note, byte for byte.
    public let checkpoint: [UInt8]

    /// Larger texts are refused.
    public static let byteCountMax = 1 << 20
    private static let hashCountMax = 63

    package init(oldSize: UInt64, path: ConsistencyProof, checkpoint: [UInt8]) {
        self.oldSize = oldSize
        self.path = path
        self.checkpoint = checkpoint
    }

    /// Reads a proof; verifies nothing.
    public init(parsing text: [UInt8]) throws(DecodingFailure) {
        guard text.count <= Self.byteCountMax else {
            throw DecodingFailure("a proof of \(text.count) bytes, at most \(Self.byteCountMax) expected")
        }
        var lines = TextLines(text)
        guard let digits = try lines.next(after: "old ", "old size"), let size = parseDecimal(digits) else {
            throw DecodingFailure("the first line is not \"old\" and a decimal number below 2^64")
        }
        oldSize = size
        path = ConsistencyProof(hashes: try lines.hashes(max: Self.hashCountMax))
        checkpoint = Array(lines.rest)
    }

    /// The text, ready to be written to a file or sent to a witness.
    public var text: [UInt8] {
        var text = Array("old \(oldSize)\n".utf8)
        for hash in path.hashes { text += hash.base64 + [newline] }
        return text + [newline] + checkpoint
    }
}
