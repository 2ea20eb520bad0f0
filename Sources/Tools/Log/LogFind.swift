import ArgumentParser
import LogStore

struct LogFind: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find events by a key.",
        discussion: """
            What an event's keys are only the program knows that wrote it. This build knows no such \
            index: it can say where the filters of sealed segments do not rule the key out, and it says so.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The kind of key, as the index numbers it.") var kind: UInt16
    @Option(help: "The key's value.") var value: UInt64

    private struct Result: Encodable {
        struct Candidate: Encodable {
            let file: String
            let firstSequence: UInt64
            let endSequence: UInt64
        }
        let exact: Bool
        let candidates: [Candidate]
        let segmentsRuledOut: Int
        let segmentsWithoutIndex: Int
        let firstSequenceNotIndexed: UInt64
    }

    func run() throws {
        try reportingFailures {
            let log = try ReadOnlyLog(
                platform: try place.existing(), shard: place.shard, keys: try keys.readingKeys())
            let result = try search(log)
            if output.json { return try StandardOutput.json(result) }
            for candidate in result.candidates {
                try StandardOutput.line(
                    "possible: \(candidate.firstSequence)..<\(candidate.endSequence) in \(candidate.file)")
            }
            try StandardOutput.line(
                "\(result.segmentsRuledOut) segments ruled out, "
                    + "\(result.segmentsWithoutIndex) written without an index; "
                    + "events from sequence \(result.firstSequenceNotIndexed) on are in no segment yet")
            StandardError.write(
                "holdfast: this build cannot read keys out of events; these are candidates, not results")
        }
    }

    private func search(_ log: ReadOnlyLog<LinuxPlatform>) throws -> Result {
        let key = IndexKey(kind: kind, value: value)
        var candidates: [Result.Candidate] = []
        var (ruledOut, withoutIndex) = (0, 0)
        for manifest in log.source.catalog.manifests {
            for entry in manifest.entries where entry.isLocal {
                let segment = try log.source.segments.open(entry, manifest.month)
                guard segment.tail.indexIdentifier != NoIndex.identifier else {
                    withoutIndex += 1
                    continue
                }
                let filters = segment.footer.filters
                let hash = filters.hash(key)
                let blocks = (0..<segment.tail.shape.blockCount).filter {
                    filters.segmentMayContain(hash) && filters.blockMayContain(hash, block: $0)
                }
                if blocks.isEmpty { ruledOut += 1 }
                candidates += blocks.map { block in
                    let sequences = segment.tail.shape.sequences(ofBlock: block)
                    return Result.Candidate(
                        file: segment.path.description, firstSequence: sequences.lowerBound,
                        endSequence: sequences.upperBound + 1)
                }
            }
        }
        return Result(
            exact: false, candidates: candidates, segmentsRuledOut: ruledOut,
            segmentsWithoutIndex: withoutIndex,
            firstSequenceNotIndexed: log.source.catalog.sealedEnd)
    }
}
