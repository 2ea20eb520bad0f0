import LogStore
import Simulation

/// What opening a damaged log may come to. A case names all that are right; the table of them stands in
/// `docs/formats/verdicts.md`.
struct DamageOutcome: OptionSet, Hashable, CustomStringConvertible {
    let rawValue: Int

    /// Opens, everything readable, nothing to report: the bytes meant nothing.
    static let opens = DamageOutcome(rawValue: 1)
    /// Opens, everything readable, and says which redundant copy was bad.
    static let reports = DamageOutcome(rawValue: 2)
    /// Opens; reading every event finds the damage, and every other event is right.
    static let found = DamageOutcome(rawValue: 4)
    static let committed = DamageOutcome(rawValue: 8)
    static let sealed = DamageOutcome(rawValue: 16)
    static let superblock = DamageOutcome(rawValue: 32)
    static let ambiguous = DamageOutcome(rawValue: 64)
    static let wrongKey = DamageOutcome(rawValue: 128)
    static let keyring = DamageOutcome(rawValue: 256)
    static let any = DamageOutcome(rawValue: 511)

    private static let names: [(DamageOutcome, String)] = [
        (.opens, "opens"), (.reports, "opens and reports"), (.found, "found by reading"),
        (.committed, "CORRUPT_COMMITTED"), (.sealed, "CORRUPT_SEALED"), (.superblock, "CORRUPT_SUPERBLOCK"),
        (.ambiguous, "AMBIGUOUS"), (.wrongKey, "wrong key"), (.keyring, "keyring damaged"),
    ]

    var description: String {
        Self.names.filter { contains($0.0) }.map(\.1).joined(separator: " or ")
    }

    init(rawValue: Int) { self.rawValue = rawValue }

    init(_ verdict: Verdict) {
        switch verdict {
        case .cleanEnd, .tornTail: self = .opens
        case .ambiguous: self = .ambiguous
        case .corruptCommitted: self = .committed
        case .corruptSealed: self = .sealed
        case .corruptSuperblock: self = .superblock
        }
    }
}

/// What every byte of a log's files is good for, and so what its loss must lead to.
struct DamageMap: Sendable {
    struct File: Sendable {
        enum Kind: Sendable, Equatable {
            case superblock, watermark, keyring, signingKey, manifest, statement, checkpoint, segment
            /// Of an evicted segment; opening does not look at it.
            case stub
            case scrub, tile, snapshot
            case wal(isNewest: Bool)
            /// Lock note, spares, quarantined bytes: nothing depends on them.
            case immaterial
        }

        var path: StoragePath
        var kind: Kind
        var byteCount: Int
        /// Ascending and without gaps.
        var regions: [(range: Range<Int>, outcome: DamageOutcome)]
        /// Of a write-ahead file.
        var frames: [Range<Int>] = []
        /// Which part of the cases is tried in a full run.
        var weight = 1.0

        /// Everything the loss of `range` may lead to.
        func outcome(of range: Range<Int>) -> DamageOutcome {
            var outcome: DamageOutcome = []
            for region in regions where region.range.overlaps(range) { outcome.formUnion(region.outcome) }
            return outcome
        }
    }

    private(set) var files: [File] = []

    init(of disk: SimulatedDisk) {
        let paths = disk.paths
        let newestWAL = paths.last { $0.name.hasSuffix(".wal") }
        let newestSegment = paths.last { $0.name.hasSuffix(".seg") }
        for path in paths {
            let bytes = disk.bytes(of: path) ?? []
            switch path.name {
            case "superblock": add(path, .superblock, bytes, .reports)
            case "watermark": add(path, .watermark, bytes, .reports)
            case "PARTITION": add(path, .manifest, bytes, .sealed)
            case "CLOSE": add(path, .statement, bytes, .sealed)
            case "checkpoint": add(path, .checkpoint, bytes, .reports)
            case "scrub": add(path, .scrub, bytes, .reports)
            case "signing.key": add(path, .signingKey, bytes, .keyring)
            case let name where name.hasSuffix(".kr"): add(path, .keyring, bytes, .reports)
            case let name where name.hasSuffix(".seg"):
                files.append(Self.segment(path, bytes, isNewest: path == newestSegment))
            case let name where name.hasSuffix(".wal"):
                files.append(Self.writeAheadFile(path, bytes, isNewest: path == newestWAL))
            case let name where name.hasSuffix(".stub"): add(path, .stub, bytes, .found)
            case let name where name.hasSuffix(".snap"): files.append(Self.snapshot(path, bytes))
            case _ where path.description.contains("/tiles/"): add(path, .tile, bytes, .opens)
            default: add(path, .immaterial, bytes, .opens)
            }
        }
    }

    /// Thins out the cases of each file.
    mutating func weigh(_ weight: (File) -> Double) {
        for index in files.indices { files[index].weight = weight(files[index]) }
    }

    subscript(path: StoragePath) -> File? { files.first { $0.path == path } }

    func files(_ isWanted: (File.Kind) -> Bool) -> [File] { files.filter { isWanted($0.kind) } }

    var writeAheadFiles: [File] { files { if case .wal = $0 { true } else { false } } }

    private mutating func add(
        _ path: StoragePath, _ kind: File.Kind, _ bytes: [UInt8], _ outcome: DamageOutcome
    ) {
        files.append(
            File(path: path, kind: kind, byteCount: bytes.count, regions: [(0..<bytes.count, outcome)]))
    }

    /// Opening reads all tails, but of only the newest segment header and footer too; blocks are left to
    /// readers and to the scrubber.
    private static func segment(_ path: StoragePath, _ bytes: [UInt8], isNewest: Bool) -> File {
        let tailOffset = bytes.count - SegmentTail.byteCount
        let tail: SegmentTail
        do throws(DecodingFailure) {
            tail = try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try SegmentTail(decoding: span.extracting(tailOffset..<bytes.count))
            }
        } catch { invariantViolated("\(path): \(error)") }
        let sections = Int(tail.sectionsOffset)
        let inside: DamageOutcome = isNewest ? .sealed : .found
        return File(
            path: path, kind: .segment, byteCount: bytes.count,
            regions: [
                (0..<FileHeader.byteCount, inside), (FileHeader.byteCount..<sections, .found),
                (sections..<tailOffset, inside), (tailOffset..<bytes.count, .sealed),
            ])
    }

    /// Opening looks at the header only: a snapshot is a cache.
    private static func snapshot(_ path: StoragePath, _ bytes: [UInt8]) -> File {
        let header = FileHeader.byteCount
        return File(
            path: path, kind: .snapshot, byteCount: bytes.count,
            regions: [(0..<header, .reports), (header..<bytes.count, .opens)])
    }

    /// Events matter; so do idle markers that frames follow. Behind the last event nothing does.
    private static func writeAheadFile(_ path: StoragePath, _ bytes: [UInt8], isNewest: Bool) -> File {
        var file = File(
            path: path, kind: .wal(isNewest: isNewest), byteCount: bytes.count,
            regions: [(0..<FileHeader.byteCount, .committed)])
        var end = FileHeader.byteCount
        var dataEnd = end
        while let header = frame(bytes, at: end) {
            file.frames.append(end..<end + header.totalLength)
            end += header.totalLength
            if header.kind == .data { dataEnd = end }
        }
        file.regions.append((FileHeader.byteCount..<dataEnd, .committed))
        file.regions.append((dataEnd..<bytes.count, .opens))
        return file
    }

    private static func frame(_ bytes: [UInt8], at offset: Int) -> FrameHeader? {
        guard offset + FrameHeader.byteCount <= bytes.count else { return nil }
        do throws(DecodingFailure) {
            return try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try FrameHeader(decoding: span.extracting(offset..<offset + FrameHeader.byteCount))
            }
        } catch { return nil }
    }
}
