import Ledger
import LogStore

/// Which runs the attic had when the state was at a sequence.
///
///     0   8   magic        "HFATTMAN"
///     8   4   CRC-32C      over everything after it
///     12  4   version      1
///     16  16  ledger UUID
///     32  8   sequence     of the event to come
///     40  8   next number  of a run
///     48  4   runs
///     52  40 ‥ a run: kind 4, level 4, number 8, UUID 16, bytes 8; the youngest of a kind first
struct AtticManifest: Equatable {
    struct Run: Equatable {
        var kind: AtticKind
        var level: UInt8
        var number: UInt64
        var uuid: LogUUID
        var byteCount: UInt64

        var fileName: String { Self.fileName(kind, number) }

        static func fileName(_ kind: AtticKind, _ number: UInt64) -> String {
            "\(kind)-\(ShardPaths.padded(number, 20))\(fileEnding)"
        }

        static let fileEnding = ".run"
    }

    var ledger: LogUUID
    var next: SequenceNumber
    var nextNumber: UInt64
    var runs: [Run]

    static let byteCountMax = 1 << 20
    private static let magic: UInt64 = 0x4E41_4D54_5441_4648
    private static let nameBeginning = "manifest-"

    static func name(_ next: SequenceNumber) -> String { nameBeginning + ShardPaths.padded(next.raw, 20) }

    /// Whether a file of this name is an attic's.
    static func isOurs(_ name: String) -> Bool {
        name.hasSuffix(Run.fileEnding) || name.hasPrefix(nameBeginning)
    }

    /// The sequence in a manifest's name; nil for any other name.
    static func sequence(ofName name: String) -> SequenceNumber? {
        guard name.hasPrefix(nameBeginning), let raw = UInt64(name.dropFirst(nameBeginning.count)),
            raw <= SequenceNumber.max.raw, self.name(SequenceNumber(raw: raw)) == name
        else { return nil }
        return SequenceNumber(raw: raw)
    }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.u64(Self.magic)
        writer.u32(0)
        writer.u32(1)
        writer.uuid(ledger)
        writer.u64(next.raw)
        writer.u64(nextNumber)
        writer.u32(UInt32(runs.count))
        for run in runs {
            writer.u32(run.kind.rawValue)
            writer.u32(UInt32(run.level))
            writer.u64(run.number)
            writer.uuid(run.uuid)
            writer.u64(run.byteCount)
        }
        let sum = writer.bytes.withRawSpan { CRC32C.of($0.extracting(12..<$0.byteCount)) }
        writer.patch(u32: sum, at: 8)
        return writer.bytes
    }

    init(ledger: LogUUID, next: SequenceNumber, nextNumber: UInt64, runs: [Run]) {
        self.ledger = ledger
        self.next = next
        self.nextNumber = nextNumber
        self.runs = runs
    }

    init(decoding span: RawSpan) throws(DecodingFailure) {
        var reader = ByteReader(span, "manifest of the attic")
        let (magic, sum) = (try reader.u64(), try reader.u32())
        guard magic == Self.magic, sum == CRC32C.of(span.extracting(12..<span.byteCount)) else {
            throw DecodingFailure("no manifest of an attic, or not the bytes that were written")
        }
        let version = try reader.u32()
        guard version == 1 else { throw DecodingFailure("manifest of version \(version)") }
        ledger = try reader.uuid()
        next = SequenceNumber(raw: try reader.u64())
        nextNumber = try reader.u64()
        runs = []
        for _ in 0..<(try reader.u32()) {
            guard let kind = AtticKind(rawValue: try reader.u32()),
                let level = UInt8(exactly: try reader.u32())
            else { throw DecodingFailure("a run of no kind") }
            runs.append(
                Run(
                    kind: kind, level: level, number: try reader.u64(), uuid: try reader.uuid(),
                    byteCount: try reader.u64()))
        }
        try reader.expectEnd()
    }
}

extension AtticRun {
    var entry: AtticManifest.Run {
        AtticManifest.Run(kind: kind, level: level, number: number, uuid: uuid, byteCount: byteCount)
    }
}
