import ArgumentParser
import Foundation
import Glibc
import LogStore

struct LogAppend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Append lines from standard input, or generated events.",
        discussion: """
            Each line becomes one event with the line as its payload. After every commit the count of \
            durable events is printed: everything below it survives a power cut.
            """)

    @OptionGroup var place: PlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var writing: WritingOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Event type, below 65280.") var type: UInt16 = 1
    @Option(help: "Schema version.") var schema: UInt8 = 1
    @Option(help: "Generate this many events instead of reading.") var count: UInt64?
    @Option(help: "Payload bytes of generated events.") var bytes = 128
    @Option(help: "Time of the first event, nanoseconds since 1970 (default: now).") var time: UInt64?
    @Option(help: "Nanoseconds between events whose time is given.") var spacing: UInt64 = 1

    private struct Appended: Encodable {
        let durable: UInt64
    }

    func validate() throws {
        guard type < EventHeader.reservedTypeMin else {
            throw ValidationError("types from 65280 on are the log's own")
        }
        guard (0...EventHeader.payloadBytesMax).contains(bytes) else {
            throw ValidationError("--bytes is at most \(EventHeader.payloadBytesMax)")
        }
        guard spacing > 0, spacing < 1 << 62, time ?? 0 < 1 << 62 else {
            throw ValidationError("a time out of range")
        }
        guard keys.grant == nil else { throw ValidationError("a grant is for reading") }
    }

    func run() throws {
        try reportingFailures {
            let log = try openForWriting(place, keys, writing, time: time)
            var group = GroupWriter(log: log, type: type, schema: schema, time: time, spacing: spacing)
            if let count {
                try generate(count, &group)
            } else {
                try copyLines(&group)
            }
            try group.flush()
            try log.close(time: time.map { _ in log.position.lastTime + 1 })
            try tell(log.durableEnd)
        }
    }

    private func tell(_ durable: UInt64) throws {
        if output.json {
            try StandardOutput.line("{\"durable\":\(durable)}")
        } else {
            try StandardOutput.line("durable \(durable)")
        }
    }

    private func generate(_ count: UInt64, _ group: inout GroupWriter) throws {
        for number in 0..<count { try group.add(Self.payload(number, byteCount: bytes)) }
    }

    /// Looks like a payment, and repeats itself about as much as payments do.
    private static func payload(_ number: UInt64, byteCount: Int) -> [UInt8] {
        let mixed = (number &+ 1) &* 0x9E37_79B9_7F4A_7C15
        let text =
            "{\"payment\":\(number),\"merchant\":\"m-\(mixed >> 54)\",\"amount\":\(mixed >> 44 & 0xFFFF),"
            + "\"currency\":\"EUR\",\"reference\":\"\(String(mixed, radix: 16))\"}"
        let padding = repeatElement(UInt8(ascii: " "), count: max(0, byteCount - text.utf8.count))
        return Array(text.utf8.prefix(byteCount)) + padding
    }

    private func copyLines(_ group: inout GroupWriter) throws {
        var rest: [UInt8] = []
        while true {
            let piece = try InputFile.readSome(STDIN_FILENO, "standard input", count: 64 << 10)
            if piece.isEmpty { break }
            rest += piece
            var start = 0
            while let end = rest[start...].firstIndex(of: 10) {
                try addLine(rest[start..<end], &group)
                start = end + 1
            }
            rest.removeFirst(start)
            guard rest.count <= EventHeader.payloadBytesMax else { try refuse(rest.count) }
            try tell(try group.commit())
        }
        if !rest.isEmpty { try addLine(rest[...], &group) }
    }

    private func addLine(_ line: ArraySlice<UInt8>, _ group: inout GroupWriter) throws {
        guard line.count <= EventHeader.payloadBytesMax else { try refuse(line.count) }
        try group.add(Array(line))
    }

    private func refuse(_ count: Int) throws -> Never {
        throw CommandFailure(
            .usage,
            "a line of \(count) bytes; an event takes \(EventHeader.payloadBytesMax). "
                + "What was reported durable is kept.")
    }
}

/// Gathers events into groups of one frame and one month, with times that go on.
private struct GroupWriter: ~Copyable {
    private let log: LogStore<LinuxPlatform, NoIndex>
    private let type: UInt16
    private let schema: UInt8
    private let spacing: UInt64
    /// nil: the clock's.
    private var nextTime: UInt64?
    private var last: UInt64
    private var buffer = EventBuffer(capacity: 128 << 10)
    private var month: Month?

    init(log: LogStore<LinuxPlatform, NoIndex>, type: UInt16, schema: UInt8, time: UInt64?, spacing: UInt64) {
        self.log = log
        self.type = type
        self.schema = schema
        self.spacing = spacing
        nextTime = time
        last = log.position.lastTime
    }

    mutating func add(_ payload: [UInt8]) throws {
        if Month(containing: time) != month { try flush() }
        month = Month(containing: time)
        if !append(payload, time) {
            try flush()
            let fits = append(payload, time)
            invariant(fits, "an event of \(payload.count) bytes does not fit an empty group")
        }
        if let wanted = nextTime { nextTime = max(wanted, last) + spacing }
    }

    /// The next event's time. The log's own acts take a nanosecond each, so it may move on with every
    /// flush.
    private var time: UInt64 {
        let wanted = nextTime ?? (buffer.count == 0 ? log.parts.platform.wallTime() : 0)
        return max(wanted, last + 1)
    }

    private mutating func append(_ payload: [UInt8], _ time: UInt64) -> Bool {
        let fits = payload.withRawSpan { buffer.append(type: type, schema: schema, time: time, payload: $0) }
        if fits { last = time }
        return fits
    }

    mutating func flush() throws {
        if buffer.count > 0 { _ = try log.appendWaiting(buffer) }
        buffer.removeAll()
        if log.hasOwnActs, let _ = try log.appendOwnActs(time: last + 1) { last = log.position.lastTime }
    }

    /// Appends what has gathered, waits until it is durable, and says how far the log is.
    mutating func commit() throws -> UInt64 {
        try flush()
        guard log.waitUntilDurable(log.position.nextSequence) else {
            throw CommandFailure(.inputOutput, "the log stopped; what was not reported durable is unknown")
        }
        return log.durableEnd
    }
}
