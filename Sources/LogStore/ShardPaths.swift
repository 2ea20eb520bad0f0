/// Where things are below the data directory, and what they are called: no other file spells a name.
package struct ShardPaths: Sendable {
    package let shard: UInt32

    package init(shard: UInt32) { self.shard = shard }

    /// What the names of files end in.
    package enum Ending {
        package static let wal = ".wal"
        package static let segment = ".seg"
        package static let stub = ".stub"
        package static let snapshot = ".snap"
        package static let keyring = ".kr"
        /// Bytes a recovery left aside.
        package static let cut = ".bytes"
        /// In the making: what a crash leaves is nothing yet.
        package static let temporary = ".tmp"
    }

    package static let root = StoragePath("")
    package static let lock = StoragePath("LOCK")
    package static let keys = StoragePath("keys")
    /// Of a log without encryption; otherwise it is in the keyring.
    package static let signingKey = keys / "signing.key"
    package static let quarantine = StoragePath("quarantine")

    /// Where bytes that a recovery left aside are kept, for ever.
    package static func quarantined(_ cut: ReservedEvent.RecordedCut) -> StoragePath {
        quarantine / "\(cut.fileUUID)-\(cut.offset)\(Ending.cut)"
    }

    /// What a damaged segment still gave, named by its own hash, and a list of what it did not give.
    package static func quarantined(_ segment: LogUUID, hash: Hash256) -> StoragePath {
        quarantine / "\(segment)-\("\(hash)".prefix(16))\(Ending.segment)"
    }
    package static func unreadable(_ quarantined: StoragePath) -> StoragePath {
        quarantined.parent / (quarantined.name + ".unreadable")
    }
    /// A damaged segment being copied aside.
    package static let unkept = quarantine / ("repair" + Ending.temporary)

    /// `shard-0000`.
    package var directory: StoragePath { StoragePath("shard-" + Self.padded(UInt64(shard), 4)) }
    package var superblock: StoragePath { directory / "superblock" }
    package var watermark: StoragePath { directory / "watermark" }
    package var checkpoint: StoragePath { directory / "checkpoint" }
    package var scrub: StoragePath { directory / "scrub" }
    package var tiles: StoragePath { directory / "tiles" }
    package func tile(_ tile: Tile) -> StoragePath { StoragePath("\(tiles)/\(tile.path)") }
    package var snapshots: StoragePath { directory / "snap" }
    package var attic: StoragePath { directory / "attic" }
    package var wal: StoragePath { directory / "wal" }
    package var log: StoragePath { directory / "log" }

    /// `wal/<firstSeq:020>-<incarnation:08x>.wal`.
    package func walFile(firstSequence: UInt64, incarnation: UInt64) -> StoragePath {
        let digits = String(incarnation, radix: 16)
        let padding = String(repeating: "0", count: max(0, 8 - digits.count))
        return wal / "\(Self.padded(firstSequence, 20))-\(padding)\(digits)\(Ending.wal)"
    }

    /// `log/2026-11`.
    package func month(_ month: Month) -> StoragePath { log / month.description }
    package func manifest(_ month: Month) -> StoragePath { self.month(month) / Self.manifestName }
    package static let manifestName = "PARTITION"
    package func close(_ month: Month) -> StoragePath { self.month(month) / Self.closeName }
    package static let closeName = "CLOSE"

    /// `<firstSeq:020>-<lastSeq:020>.seg`, the last sequence included.
    package func segment(_ month: Month, _ sequences: Range<UInt64>) -> StoragePath {
        self.month(month) / Self.segmentName(sequences)
    }

    /// What stays of an evicted segment: header, footer and tail.
    package func stub(_ month: Month, _ sequences: Range<UInt64>) -> StoragePath {
        self.month(month) / (Self.segmentName(sequences).dropLast(4) + Ending.stub)
    }

    /// A segment being sealed, or fetched, before it gets its name.
    package func unsealed(_ month: Month) -> StoragePath { self.month(month) / ("seal" + Ending.temporary) }
    package func unfetched(_ month: Month) -> StoragePath { self.month(month) / ("fetch" + Ending.temporary) }

    /// The name of a segment in an archive, where several ledgers may live together.
    package func archiveName(_ ledger: LogUUID, _ month: Month, _ sequences: Range<UInt64>) -> String {
        "\(ledger)/\(segment(month, sequences))"
    }

    package static func segmentName(_ sequences: Range<UInt64>) -> String {
        "\(padded(sequences.lowerBound, 20))-\(padded(sequences.upperBound - 1, 20))\(Ending.segment)"
    }

    /// First sequence and incarnation from a `.wal` name; nil for any other name.
    package static func parseWALName(_ name: String) -> (firstSequence: UInt64, incarnation: UInt64)? {
        guard name.hasSuffix(Ending.wal) else { return nil }
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
        guard name.hasSuffix(Ending.segment) else { return nil }
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

extension StoragePath {
    /// Where this file is made, before it gets its name.
    package var temporary: StoragePath { parent / (name + ShardPaths.Ending.temporary) }
}
