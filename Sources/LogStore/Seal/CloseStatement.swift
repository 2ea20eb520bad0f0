// `CLOSE`: what the operator signs about a month once it is over. A C2SP signed note whose text is
//
//     holdfast month close v1
//     <origin>
//     month 2026-11
//     sequences <first> <end>                 half-open
//     times <first> <last>                    nanoseconds since the Unix epoch
//     root before <base64>
//     root after <base64>
//     segments <count> <hash>                 SHA-256 over their file hashes in order, hexadecimal
//     totals <events> <rows> <hash>           SHA-256 over the encoded control totals, hexadecimal
//     total <type> <currency> <count> <sum>   one line a row, if there are at most 4096

/// The signed statement that closes a month.
public struct CloseStatement: Sendable, Equatable {
    /// The log that makes the statement.
    public let origin: String
    /// The month that is over.
    public let month: Month
    /// Every event of the month, half-open.
    public let sequences: Range<UInt64>
    /// Root over all events before the month.
    public let rootBefore: Hash256
    /// Root over all events up to the month's last.
    public let rootAfter: Hash256
    /// How many sealed segments hold the month.
    public let segmentCount: Int
    /// SHA-256 over the segments' file hashes in order.
    public let segmentsHash: Hash256
    /// Counts and sums over the whole month.
    public let totals: ControlTotals

    private static let title = "holdfast month close v1"
    private static let rowsListedMax = 4096

    /// What follows from a month's segments.
    package init(origin: String, month: Month, entries: [PartitionManifest.Entry], totals: ControlTotals) {
        guard let first = entries.first, let last = entries.last else {
            invariantViolated("a month without segments is closed")
        }
        self.origin = origin
        self.month = month
        sequences = first.sequences.lowerBound..<last.sequences.upperBound
        rootBefore = first.rootBefore
        rootAfter = last.rootAfter
        segmentCount = entries.count
        segmentsHash = Self.hash(of: entries)
        self.totals = totals
    }

    private static func hash(of entries: [PartitionManifest.Entry]) -> Hash256 {
        var hasher = SHA256()
        for entry in entries { hasher.update(entry.fileHash) }
        return hasher.finalize()
    }

    private var totalsHash: Hash256 {
        var bytes = [UInt8](repeating: 0, count: totals.encodedByteCount)
        bytes.withMutableRawSpan { totals.encode(into: &$0) }
        return bytes.withRawSpan { SHA256.of($0) }
    }

    /// The text that is signed. Two statements are about the same facts exactly if their texts are equal.
    public var text: [UInt8] {
        var lines = [
            Self.title, origin, "month \(month)", "sequences \(sequences.lowerBound) \(sequences.upperBound)",
            "times \(totals.firstTime) \(totals.lastTime)",
            "root before \(String(decoding: rootBefore.base64, as: UTF8.self))",
            "root after \(String(decoding: rootAfter.base64, as: UTF8.self))",
            "segments \(segmentCount) \(segmentsHash)",
            "totals \(totals.eventCount) \(totals.rows.count) \(totalsHash)",
        ]
        if totals.rows.count <= Self.rowsListedMax {
            lines += totals.rows.map { "total \($0.type) \($0.currency) \($0.count) \($0.sum)" }
        }
        return Array(lines.joined(separator: "\n").utf8) + [newline]
    }

    /// The signed note.
    package func signed(by key: NoteSigningKey) -> [UInt8] {
        do {
            var note = try SignedNote(text: text)
            note.sign(with: key)
            return note.bytes
        } catch { invariantViolated("a month statement that is no note: \(error)") }
    }

    /// Whether `note` is this very statement, signed by one of `keys`.
    public func verify(_ note: [UInt8], keys: [NoteVerifyingKey]) throws(VerificationFailure) {
        let parsed: SignedNote
        do { parsed = try SignedNote(parsing: note) } catch {
            throw .malformed(what: "month statement", error)
        }
        try parsed.verify(by: keys)
        guard parsed.text == text else {
            throw .malformed(
                what: "month statement",
                DecodingFailure("it states other facts than the segments of \(month) give"))
        }
    }
}
