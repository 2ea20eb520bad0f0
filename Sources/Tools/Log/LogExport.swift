import ArgumentParser
import LogStore

struct LogExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write events as JSON lines, or as the exact bytes under the tree.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jsonl, raw
    }
    enum Compression: String, ExpressibleByArgument, CaseIterable {
        case none, lz4
    }

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @Option(help: "First sequence.") var from: UInt64 = 0
    @Option(help: "Sequence after the last one (default: all that is durable).") var to: UInt64?
    @Option(help: "jsonl: a JSON object a line. raw: events one after the other, each says its length.")
    var format = Format.jsonl
    @Option(help: "lz4: the LZ4 frame format.") var compress = Compression.none
    @Option(help: "Write to this new file instead of to standard output.") var output: String?
    @Flag(help: "Write a summary as JSON to standard error when done.") var json = false

    private struct Summary: Encodable {
        let firstSequence: UInt64
        let endSequence: UInt64
        let format: String
        let lockedFiles: [String]
    }

    func run() throws {
        try reportingFailures {
            let log = try ReadOnlyLog(
                platform: try place.existing(), shard: place.shard, keys: try keys.readingKeys())
            let end = min(to ?? log.readableEnd, log.readableEnd)
            if let to, to > log.readableEnd {
                throw CommandFailure(.missing, "the log has \(log.readableEnd) durable events, not \(to)")
            }
            let file = try FileOutput(path: output)
            var sink = try ExportSink(file, compresses: compress == .lz4)
            var reader = log.makeReader(from: from)
            var position = from
            while position < end, try reader.next() {
                var cursor = reader.run.makeCursor()
                while let event = cursor.next(), event.sequence < end {
                    switch format {
                    case .raw: try sink.append(event.bytes.array())
                    case .jsonl: try sink.append(EventText.line(event))
                    }
                }
                position = reader.position
            }
            try sink.finish()
            try file.close()
            if json {
                try StandardError.json(
                    Summary(
                        firstSequence: from, endSequence: max(from, min(position, end)),
                        format: format.rawValue, lockedFiles: log.lockedFiles.map(\.description)))
            }
            if to == nil, !log.lockedFiles.isEmpty {
                throw CommandFailure(
                    .wrongKey,
                    "exported up to sequence \(position); the keys given do not open \(log.lockedFiles[0])")
            }
        }
    }
}

/// Gathers bytes into large pieces, compressed on the way if wished.
private struct ExportSink: ~Copyable {
    private let file: FileOutput
    private var buffer: [UInt8] = []
    private var compressor: LZ4FrameWriter?
    private static var pieceBytes: Int { 256 << 10 }

    init(_ file: FileOutput, compresses: Bool) throws {
        self.file = file
        compressor = compresses ? try LZ4FrameWriter(pieceBytesMax: Self.pieceBytes + (1 << 18)) : nil
        buffer.reserveCapacity(Self.pieceBytes + (1 << 18))
        if let compressor { try file.write(compressor.begin()) }
    }

    mutating func append(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= Self.pieceBytes { try flush() }
    }

    private mutating func flush() throws {
        if let compressor {
            try file.write(compressor.compress(buffer))
        } else {
            try file.write(buffer)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    mutating func finish() throws {
        try flush()
        if let compressor { try file.write(compressor.end()) }
    }
}

/// One event as a line of JSON.
enum EventText {
    static func line(_ event: borrowing EventView) -> [UInt8] {
        let header = event.header
        var line = Array(
            ("{\"sequence\":\(event.sequence),\"time\":\"\(TimeText.rfc3339(header.time))\","
                + "\"type\":\(header.type),\"schema\":\(header.schema),"
                + "\"flags\":\(header.flags),\"payload\":\"")
                .utf8)
        line += Base64.encode(event.payload.array())
        line.append(UInt8(ascii: "\""))
        if header.type >= EventHeader.reservedTypeMin { line += Array(act(event).utf8) }
        return line + Array("}\n".utf8)
    }

    /// The log's own acts, decoded. Their texts are hexadecimal digits and numbers: nothing needs escaping.
    private static func act(_ event: borrowing EventView) -> String {
        let act: ReservedEvent
        do throws(DecodingFailure) {
            guard let decoded = try ReservedEvent(event) else { return "" }
            act = decoded
        } catch { return ",\"act\":{\"kind\":\"unknown\"}" }
        let fields = fields(of: act).map { "\"\($0)\":\($1)" }.joined(separator: ",")
        return ",\"act\":{\(fields)}"
    }

    private static func fields(of act: ReservedEvent) -> [(String, String)] {
        switch act {
        case .epochStart(let start):
            let cuts = start.cuts.map {
                "{\"file\":\"\($0.fileUUID)\",\"offset\":\($0.offset),\"length\":\($0.length),"
                    + "\"sha256\":\"\($0.hash)\",\"sequence\":\($0.sequence)}"
            }
            return [
                ("kind", "\"epochStart\""), ("incarnation", "\(start.incarnation)"),
                ("epoch", "\(start.epoch)"),
                ("recoveredSequence", "\(start.recoveredSequence)"), ("root", "\"\(start.root)\""),
                ("operatorDecision", "\(start.isOperatorDecision)"),
                ("cuts", "[\(cuts.joined(separator: ","))]"),
            ]
        case .cleanEnd(let incarnation): return [("kind", "\"cleanEnd\""), ("incarnation", "\(incarnation)")]
        case .keyringWritten(let generation, let keyID):
            return [("kind", "\"keyringWritten\""), ("generation", "\(generation)"), ("kek", "\"\(keyID)\"")]
        case .segmentSealed(let range):
            return [
                ("kind", "\"segmentSealed\""), ("month", "\"\(range.month)\""), ("file", "\"\(range.uuid)\""),
                ("firstSequence", "\(range.sequences.lowerBound)"),
                ("endSequence", "\(range.sequences.upperBound)"), ("sha256", "\"\(range.fileHash)\""),
                ("rootAfter", "\"\(range.rootAfter)\""),
            ]
        case .checkpointSigned(let size, let root):
            return [("kind", "\"checkpointSigned\""), ("size", "\(size)"), ("root", "\"\(root)\"")]
        case .monthClosed(let month, let end, let root, let statement):
            return [
                ("kind", "\"monthClosed\""), ("month", "\"\(month)\""), ("endSequence", "\(end)"),
                ("root", "\"\(root)\""), ("statement", "\"\(statement)\""),
            ]
        case .monthEvicted(let month, let count, let generation):
            return [
                ("kind", "\"monthEvicted\""), ("month", "\"\(month)\""), ("segments", "\(count)"),
                ("generation", "\(generation)"),
            ]
        case .forked(let parent, let point):
            return [
                ("kind", "\"forked\""), ("parent", "\"\(parent)\""), ("size", "\(point.size)"),
                ("root", "\"\(point.root)\""),
            ]
        }
    }
}
