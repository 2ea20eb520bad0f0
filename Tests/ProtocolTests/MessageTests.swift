import Foundation
import Ledger
import Protocol
import Testing

/// The bodies of messages: read as they were written, cut anywhere refused, and the same bytes for ever.
@Suite struct MessageTests {
    private static let nonce = (0..<32).map { UInt8($0) }
    private static let ledger = Hash128(low: 0x1112_1314_1516_1718, high: 0x191A_1B1C_1D1E_1F20)

    private static let hello = Hello(key: Hash128(low: 1, high: 2), nonce: nonce, client: "shop 1.0")
    private static let challenge = Challenge(
        version: 1, shard: 0, ledger: ledger, nonce: nonce, limits: ConnectionLimits(), server: "holdfast")
    private static let session = Session(
        signature: nonce, scopes: 3, merchant: MerchantID(raw: 7), actor: ActorID(raw: 8), position: 99)
    private static let failure = Failure(.busy, "the inbox is full", retryMilliseconds: 5)
    private static let subscribe = Subscribe(
        position: 4, credit: 100, merchant: MerchantID(raw: 7), types: [1, 0x0401])
    private static let progress = Progress(position: 5, durableEnd: 6)
    private static let trace = TraceContext(trace: ledger, span: 77, isSampled: true)
    private static let results: [CommandResult] = [
        CommandResult(.done, events: 2, position: 10, made: 11),
        CommandResult(.exists(.pending), position: 10, made: 11),
        CommandResult(.exists(.done), position: 10, made: 11),
        CommandResult(.exists(.declined(.insufficientFunds)), position: 10),
        CommandResult(.exists(.blocked(.insufficientFunds)), position: 10),
        CommandResult(.exists(.refused(.exceedsAuthorized)), position: 10),
        CommandResult(.exists(.failed), position: 10),
        CommandResult(.refused(.paymentUnknown)),
    ]

    private static func bytes(_ write: (inout WireBuffer) -> Void) -> [UInt8] {
        var buffer = WireBuffer()
        write(&buffer)
        return buffer.array
    }

    /// Each message by name, and whether bytes are read as it.
    private static let messages: [(name: String, bytes: [UInt8], isRead: @Sendable ([UInt8]) -> Bool)] = [
        ("hello", bytes(hello.write), { (try? unsafe Hello(reading: $0.span.bytes)) == hello }),
        (
            "challenge", bytes(challenge.write),
            { (try? unsafe Challenge(reading: $0.span.bytes)) == challenge }
        ),
        ("session", bytes(session.write), { (try? unsafe Session(reading: $0.span.bytes)) == session }),
        ("failure", bytes(failure.write), { (try? unsafe Failure(reading: $0.span.bytes)) == failure }),
        (
            "subscribe", bytes(subscribe.write),
            { (try? unsafe Subscribe(reading: $0.span.bytes)) == subscribe }
        ),
        ("progress", bytes(progress.write), { (try? unsafe Progress(reading: $0.span.bytes)) == progress }),
        ("trace", bytes(trace.write), { read($0, TraceContext.init(reading:)) == trace }),
        (
            "results",
            bytes { buffer in
                ResultsHead.write(count: results.count, to: &buffer)
                for result in results { result.write(to: &buffer) }
            }, { readResults($0) == results }
        ),
        (
            "commands",
            bytes { buffer in
                CommandsRequest.writeHead(isAtomic: true, key: Array("order-1".utf8), count: 2, to: &buffer)
                buffer.put(UInt16(3))
                buffer.put([1, 2, 3])
                buffer.put(UInt16(0))
            }, { readCommands($0) == [[1, 2, 3], []] }
        ),
        (
            "events",
            bytes { buffer in
                let head = EventsHead.leaveRoom(in: &buffer)
                for event in events {
                    buffer.put(event.position)
                    buffer.put(event.bytes)
                }
                EventsHead(start: 7, end: 12, count: 2).write(to: &buffer, at: head)
            }, { readEvents($0) == events }
        ),
        ("credit", bytes { $0.put(UInt32(500)) }, { (try? unsafe Credit.read($0.span.bytes)) == 500 }),
        (
            "subscriptionEnded", bytes(end.write),
            { (try? unsafe SubscriptionEnd.read($0.span.bytes)) == .some(end) }
        ),
    ]

    private static let end = Failure(.notReadable, "the month is in the archive")
    /// A header of 14 bytes tells in its last two how many follow.
    private static let events = [
        WireEventCopy(position: 8, bytes: Array(1...12) + [2, 0, 0xAA, 0xBB]),
        WireEventCopy(position: 11, bytes: Array(21...32) + [0, 0]),
    ]

    private struct WireEventCopy: Equatable, Sendable {
        var position: UInt64
        var bytes: [UInt8]
    }

    private static func readEvents(_ bytes: [UInt8]) -> [WireEventCopy]? {
        guard var cursor = try? unsafe WireEventCursor(bytes.span.bytes),
            cursor.head == EventsHead(start: 7, end: 12, count: 2)
        else { return nil }
        var events: [WireEventCopy] = []
        do {
            while let event = try cursor.next() {
                var copy = WireCursor(event.bytes)
                let bytes = try copy.array("event", count: event.bytes.byteCount)
                events.append(WireEventCopy(position: event.position, bytes: bytes))
            }
        } catch { return nil }
        return events
    }

    private static func read<Value>(
        _ bytes: [UInt8], _ read: (inout WireCursor) throws(WireError) -> Value
    ) -> Value? {
        var cursor = unsafe WireCursor(bytes.span.bytes)
        guard let value = try? read(&cursor), (try? cursor.expectEnd()) != nil else { return nil }
        return value
    }

    private static func readResults(_ bytes: [UInt8]) -> [CommandResult]? {
        read(bytes) { (cursor) throws(WireError) in
            let head = try ResultsHead.read(&cursor)
            guard head.reason == nil else { throw WireError("reason", "is told") }
            var results: [CommandResult] = []
            for _ in 0..<head.count { results.append(try CommandResult(reading: &cursor)) }
            return results
        }
    }

    private static func readCommands(_ bytes: [UInt8]) -> [[UInt8]]? {
        guard let request = try? unsafe CommandsRequest(reading: bytes.span.bytes, countMax: 8_190),
            request.isAtomic, request.key.byteCount == 7
        else { return nil }
        var cursor = CommandCursor(request)
        var commands: [[UInt8]] = []
        do {
            while let command = try cursor.next() {
                var bytes = WireCursor(command)
                commands.append(try bytes.array("command", count: command.byteCount))
            }
        } catch { return nil }
        return commands
    }

    @Test func `a message is read as it was written, and in no other length`() {
        for message in Self.messages {
            #expect(message.isRead(message.bytes), "\(message.name)")
            for count in message.bytes.indices {
                #expect(!message.isRead(Array(message.bytes[..<count])), "\(message.name) cut at \(count)")
            }
            #expect(!message.isRead(message.bytes + [0]), "\(message.name) with a byte more")
        }
    }

    @Test func `no byte of a message stops the reader`() {
        for message in Self.messages {
            for index in message.bytes.indices {
                for byte in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] where byte != message.bytes[index] {
                    var changed = message.bytes
                    changed[index] = byte
                    // What a field means may be no one's business here; that it is another message is.
                    if message.name != "commands" {
                        #expect(!message.isRead(changed), "\(message.name) \(index)")
                    }
                    _ = message.isRead(changed)
                }
            }
        }
    }

    @Test func `a subscription that ended because it was asked to tells no failure`() throws {
        let none: [UInt8] = []
        #expect(try unsafe SubscriptionEnd.read(none.span.bytes) == nil)
    }

    @Test func `versions agree on the newest that both speak`() {
        #expect(ProtocolVersion.common(with: 1...1) == 1)
        #expect(ProtocolVersion.common(with: 1...9) == 1)
        #expect(ProtocolVersion.common(with: 2...9) == nil)
    }

    @Test func `a request of no commands, too many, or with a stray key is none`() {
        func problem(_ bytes: [UInt8]) -> String? {
            do throws(WireError) {
                _ = try unsafe CommandsRequest(reading: bytes.span.bytes, countMax: 3)
                return nil
            } catch { return error.description }
        }
        #expect(problem([0, 0, 0, 0]) == "count is 0 of 1 to 3")
        #expect(problem([0, 0, 4, 0]) == "count is 4 of 1 to 3")
        #expect(problem([2, 0, 1, 0]) == "flags are 2")
        #expect(problem([0, 1, 1, 0, 65]) == "key is of a request that is not all or nothing")
        #expect(problem([1, 1, 1, 0, 10]) == "key has the byte 10")
        #expect(problem([1, 9, 1, 0, 65]) == "key needs 9 bytes at 4 of 5")
    }

    @Test func `a message has the bytes it always had`() throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/messages-1.txt")
        let now = Self.messages.map { "\($0.name) \(hex($0.bytes))" }
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_GOLDEN"] != nil {
            try now.map { $0 + "\n" }.joined().write(to: url, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(golden == now)
    }

    @Test func `numbers of messages and failures are stable`() {
        #expect(
            MessageType.allCases.map(\.rawValue) == [
                0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x20, 0x21, 0x22, 0x81, 0x82, 0x83, 0x84, 0x90, 0x91,
                0xA0,
                0xA1, 0xA2, 0xFF,
            ])
        #expect(FailureCode.allCases.map(\.rawValue) == Array(1...10) + Array(20...28))
    }
}
