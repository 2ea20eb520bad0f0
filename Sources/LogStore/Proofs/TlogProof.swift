// A C2SP transparency-log proof (c2sp.org/tlog-proof), file extension .tlog-proof:
//
//     "c2sp.org/tlog-proof@v1" newline
//     ["extra " base64 newline]             opaque, not authenticated
//     "index " decimal newline
//     *(base64(hash) newline)               the leaf's sibling first
//     newline
//     the signed checkpoint, verbatim

/// Everything but the event itself that an outsider needs to check that an event is in the log.
public struct TlogProof: Sendable, Hashable {
    /// Opaque data of the application; nil if there is no such line. Never to be trusted.
    public let extra: [UInt8]?
    /// The event's sequence.
    public let index: UInt64
    /// From the event's leaf to the checkpoint's root.
    public let path: InclusionProof
    /// The signed note, byte for byte.
    public let checkpoint: [UInt8]

    /// Larger texts are refused.
    public static let byteCountMax = 1 << 20
    /// Longer extra data is refused.
    public static let extraByteCountMax = 1 << 16
    private static let header = "c2sp.org/tlog-proof@v1"

    package init(index: UInt64, path: InclusionProof, checkpoint: [UInt8], extra: [UInt8]? = nil) {
        invariant(extra.map { $0.count <= Self.extraByteCountMax } ?? true, "extra data too long")
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
        self.extra = extra
    }

    /// Reads a proof; verifies nothing.
    public init(parsing text: [UInt8]) throws(DecodingFailure) {
        guard text.count <= Self.byteCountMax else {
            throw DecodingFailure("a proof of \(text.count) bytes, at most \(Self.byteCountMax) expected")
        }
        var lines = TextLines(text)
        guard try lines.next("header").elementsEqual(Self.header.utf8) else {
            throw DecodingFailure("a proof that does not begin with \(Self.header)")
        }
        extra = try Self.extra(from: &lines)
        guard let digits = try lines.next(after: "index ", "index"), let index = parseDecimal(digits) else {
            throw DecodingFailure("line \(lines.count + 1) is not \"index\" and a decimal number below 2^64")
        }
        self.index = index
        path = InclusionProof(hashes: try lines.hashes(max: 64))
        checkpoint = Array(lines.rest)
    }

    private static func extra(from lines: inout TextLines) throws(DecodingFailure) -> [UInt8]? {
        guard let encoded = try lines.next(after: "extra ", "extra or index") else { return nil }
        guard encoded.count <= (extraByteCountMax + 2) / 3 * 4, let extra = Base64.decode(encoded),
            extra.count <= extraByteCountMax
        else { throw DecodingFailure("extra data that is not base64 of at most \(extraByteCountMax) bytes") }
        return extra
    }

    /// The text, ready to be written to a file.
    public var text: [UInt8] {
        var text = Array("\(Self.header)\n".utf8)
        if let extra { text += Array("extra ".utf8) + Base64.encode(extra) + [newline] }
        text += Array("index \(index)\n".utf8)
        for hash in path.hashes { text += hash.base64 + [newline] }
        return text + [newline] + checkpoint
    }

    /// Checks that `event` is number `index` of the log `origin`, by one of whose `keys` the checkpoint is
    /// signed; returns the checkpoint.
    @discardableResult
    public func verify(
        event: [UInt8], origin: String, keys: [NoteVerifyingKey]
    ) throws(VerificationFailure) -> Checkpoint {
        let leaf = event.withRawSpan { SHA256.leaf($0) }
        let checkpoint = try Checkpoint(verifying: checkpoint, origin: origin, keys: keys)
        try path.verify(leaf: leaf, index: index, size: checkpoint.size, root: checkpoint.root)
        return checkpoint
    }
}
