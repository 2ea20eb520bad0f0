import Ledger
import LogStore
import Protocol
import Server
import Simulation
import TestSupport
import Testing

/// A log on a simulated machine, a feed of it, and everything the log has in the clear.
struct FeedWorld: ~Copyable {
    let log: TestLog
    let mailbox: SubscriptionMailbox
    let connections = FeedConnections()
    var feed: SubscriptionFeed<SimulatedStorage, FeedConnections>
    /// Monotonic nanoseconds.
    var now: Int64 = 1_000

    static let cipher = IDCipher(key: Hash128(low: 0x1234, high: 0x5678))

    init(log: TestLog, isEndKnown: Bool = true, limits: SubscriptionLimits = SubscriptionLimits()) {
        self.log = log
        mailbox = SubscriptionMailbox(durableEnd: isEndKnown ? log.log.durableEnd : 0)
        feed = SubscriptionFeed(
            of: log.log.parts.source, cipher: Self.cipher, mailbox: mailbox, outlet: connections,
            limits: limits)
    }

    /// Steps until there is nothing to do; how often.
    @discardableResult
    mutating func settle() -> Int {
        var steps = 1
        while case .none = feed.step(now: now) { steps += 1 }
        return steps
    }

    func subscribe(
        _ request: UInt64 = 1, on connection: ConnectionID = 1, from position: UInt64 = 0,
        credit: UInt32 = .max, merchant: UInt64 = 0, types: [UInt16] = [], by asker: Asker = .auditor
    ) {
        let body = Subscribe(
            position: position, credit: credit, merchant: MerchantID(raw: merchant), types: types)
        mailbox.post(
            .subscribe(SubscriptionRequest(connection: connection, request: request, body, by: asker)))
    }
}

/// In the tests a connection is a number.
extension ConnectionID: ExpressibleByIntegerLiteral {
    package init(integerLiteral number: UInt32) { self.init(slot: number, generation: 7) }
}

extension Asker {
    static let auditor = Asker(key: APIKeyID(raw: 1), scopes: .audit, merchant: .none, actor: .none)
    static let platform = Asker(key: APIKeyID(raw: 2), scopes: .read, merchant: .none, actor: .none)
    static let writer = Asker(key: APIKeyID(raw: 3), scopes: .write, merchant: .none, actor: .none)
    /// Of merchant 1.
    static let ofMerchant = Asker(
        key: APIKeyID(raw: 4), scopes: .ofMerchant, merchant: MerchantID(raw: 1), actor: .none)
}

/// What a frame of the feed said.
enum Said: Equatable {
    case events(start: UInt64, end: UInt64, [SaidEvent])
    case progress(Progress)
    case ended(Failure?)
    case failed(Failure)
}

struct SaidEvent: Equatable {
    var position: UInt64
    var bytes: [UInt8]
}

/// Connections that keep what they are sent. Used by one thread.
final class FeedConnections: SubscriptionOutlet {
    struct Key: Hashable {
        let connection: ConnectionID
        let request: UInt64

        init(_ connection: ConnectionID, _ request: UInt64) {
            (self.connection, self.request) = (connection, request)
        }
    }

    /// By connection and request, in the order it came.
    private(set) var said: [Key: [Said]] = [:]
    /// Frames a connection takes before it says that it is full; no entry: any number.
    var room: [ConnectionID: Int] = [:]
    /// Frames that came although there was no room, and that are no end or failure.
    private(set) var intrusions = 0
    private(set) var largestFrame = 0

    func send(_ frames: RawSpan, to connection: ConnectionID) -> Bool {
        let isFull = room[connection].map { $0 <= 0 } ?? false
        var rest = frames
        while rest.byteCount > 0 {
            guard case .whole(let header)? = try? FrameScan.first(in: rest, lengthMax: 2 << 20) else {
                Issue.record("no frame among \(rest.byteCount) bytes")
                return true
            }
            let end = MessageHeader.byteCount + Int(header.length)
            largestFrame = max(largestFrame, end)
            let words = Self.read(header.type, rest.extracting(MessageHeader.byteCount..<end))
            switch words {
            case .events, .progress: if isFull { intrusions += 1 }
            case .ended, .failed, nil: break
            }
            if let words { said[Key(connection, header.request), default: []].append(words) }
            rest = rest.extracting(end..<rest.byteCount)
        }
        guard let left = room[connection] else { return true }
        room[connection] = left - 1
        return left > 1
    }

    func said(_ request: UInt64 = 1, on connection: ConnectionID = 1) -> [Said] {
        said[Key(connection, request)] ?? []
    }

    /// The events a subscription got, of all its frames.
    func events(_ request: UInt64 = 1, on connection: ConnectionID = 1) -> [SaidEvent] {
        said(request, on: connection).flatMap { words in
            if case .events(_, _, let events) = words { return events }
            return []
        }
    }

    private static func read(_ type: MessageType, _ body: RawSpan) -> Said? {
        do throws(WireError) {
            switch type {
            case .events: return try readEvents(body)
            case .progress: return .progress(try Progress(reading: body))
            case .subscriptionEnded: return .ended(try SubscriptionEnd.read(body))
            case .failure: return .failed(try Failure(reading: body))
            default: Issue.record("a frame of \(type)")
            }
        } catch { Issue.record("\(type): \(error)") }
        return nil
    }

    private static func readEvents(_ body: RawSpan) throws(WireError) -> Said {
        var cursor = try WireEventCursor(body)
        var events: [SaidEvent] = []
        while let event = try cursor.next() {
            events.append(SaidEvent(position: event.position, bytes: event.bytes.array()))
        }
        #expect(!events.isEmpty)
        return .events(start: cursor.head.start, end: cursor.head.end, events)
    }
}
