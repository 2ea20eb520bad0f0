/// Where things are below the data directory.
package struct ShardPaths: Sendable {
    package let shard: UInt32

    package init(shard: UInt32) { self.shard = shard }

    package static let root = StoragePath("")
    package static let lock = StoragePath("LOCK")
    package static let keys = StoragePath("keys")
    package static let quarantine = StoragePath("quarantine")

    /// Where bytes that a recovery left aside are kept, for ever.
    package static func quarantined(_ cut: ReservedEvent.RecordedCut) -> StoragePath {
        quarantine / "\(cut.fileUUID)-\(cut.offset).bytes"
    }

    /// `shard-0000`.
    package var directory: StoragePath { StoragePath("shard-" + Self.padded(UInt64(shard), 4)) }
    package var superblock: StoragePath { directory / "superblock" }
    package var watermark: StoragePath { directory / "watermark" }
    package var checkpoint: StoragePath { directory / "checkpoint" }
    package var scrub: StoragePath { directory / "scrub" }
    package var tiles: StoragePath { directory / "tiles" }
    package var snapshots: StoragePath { directory / "snap" }
    package var wal: StoragePath { directory / "wal" }
    package var log: StoragePath { directory / "log" }

    /// `wal/<firstSeq:020>-<incarnation:08x>.wal`.
    package func walFile(firstSequence: UInt64, incarnation: UInt64) -> StoragePath {
        let digits = String(incarnation, radix: 16)
        let padding = String(repeating: "0", count: max(0, 8 - digits.count))
        return wal / "\(Self.padded(firstSequence, 20))-\(padding)\(digits).wal"
    }

    /// `log/2026-11`.
    package func month(_ month: Month) -> StoragePath { log / month.description }
    package func manifest(_ month: Month) -> StoragePath { self.month(month) / "PARTITION" }
    package func close(_ month: Month) -> StoragePath { self.month(month) / "CLOSE" }

    /// `<firstSeq:020>-<lastSeq:020>.seg`, the last sequence included.
    package func segment(_ month: Month, _ sequences: Range<UInt64>) -> StoragePath {
        self.month(month) / Self.segmentName(sequences)
    }

    /// What stays of an evicted segment: header, footer and tail.
    package func stub(_ month: Month, _ sequences: Range<UInt64>) -> StoragePath {
        self.month(month) / (Self.segmentName(sequences).dropLast(4) + ".stub")
    }

    /// The name of a segment in an archive, where several ledgers may live together.
    package func archiveName(_ ledger: LogUUID, _ month: Month, _ sequences: Range<UInt64>) -> String {
        "\(ledger)/\(segment(month, sequences))"
    }

    package static func segmentName(_ sequences: Range<UInt64>) -> String {
        "\(padded(sequences.lowerBound, 20))-\(padded(sequences.upperBound - 1, 20)).seg"
    }

    /// First sequence and incarnation from a `.wal` name; nil for any other name.
    package static func parseWALName(_ name: String) -> (firstSequence: UInt64, incarnation: UInt64)? {
        guard name.hasSuffix(".wal") else { return nil }
        let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 20, parts[1].utf8.count >= 8,
            let first = UInt64(parts[0]), let incarnation = UInt64(parts[1], radix: 16),
            first <= CounterBound.max, incarnation <= CounterBound.max,
            // `UInt64` also reads "+1", upper case and more zeros than we write.
            ShardPaths(shard: 0).walFile(firstSequence: first, incarnation: incarnation).name == name
        else { return nil }
        return (first, incarnation)
    }

    /// Half-open sequences from a `.seg` name; nil for any other name.
    package static func parseSegmentName(_ name: String) -> Range<UInt64>? {
        guard name.hasSuffix(".seg") else { return nil }
        let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 20, parts[1].utf8.count == 20,
            let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last,
            last < CounterBound.max, segmentName(first..<last + 1) == name
        else { return nil }
        return first..<last + 1
    }

    package static func padded(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
