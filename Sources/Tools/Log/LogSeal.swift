import ArgumentParser
import LogStore

struct LogSeal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal", abstract: "Turn everything written so far into sealed segments, now.",
        discussion: "A running log does this by itself. Up to 255 events wait for the next file.")

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var output: OutputOptions

    private struct Sealed: Encodable {
        let sealedEnd: UInt64
        let segments: Int
        let bytes: UInt64
    }

    func run() throws {
        try reportingFailures {
            let log = try openForWriting(place, keys, writing)
            while try log.parts.seal() { try log.appendOwnActs(time: log.parts.clockTime) }
            try log.parts.closeMonths()
            try log.close()
            let entries = log.parts.catalog.manifests.flatMap(\.entries)
            let sealed = Sealed(
                sealedEnd: log.parts.catalog.sealedEnd, segments: entries.count,
                bytes: entries.reduce(0) { $0 + $1.byteCount })
            if output.json { return try StandardOutput.json(sealed) }
            try StandardOutput.line(
                "sealed up to sequence \(sealed.sealedEnd): \(sealed.segments) segments, "
                    + TimeText.bytes(sealed.bytes))
        }
    }
}
