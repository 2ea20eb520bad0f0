internal import Client
internal import Ledger
internal import Protocol

/// Somebody who follows the log over however many connections it takes, and must hear every durable event
/// that is wanted once, in order, and no other.
final class SimulatedAuditor: SimulatedPeer {
    /// How somebody follows.
    struct Manner {
        let name: String
        /// Events that may wait to be worked off.
        let window: UInt32
        /// Worked off at a time.
        let pace: UInt32
        /// Hangs up once in so many acts; 0: never.
        let patience: Int
        /// Whose events are wanted; none: all there are.
        var merchant = MerchantID.none
    }

    let line: SimulatedLine
    private let manner: Manner
    private var state: SubscriptionState
    /// Of the subscription on this connection.
    private var request: UInt64?
    /// Behind the last event that was heard, or heard of: by this auditor's own count.
    private(set) var heardEnd: UInt64 = 0
    private(set) var heardCount = 0

    init(_ line: SimulatedLine, _ manner: Manner) {
        (self.line, self.manner) = (line, manner)
        state = SubscriptionState(
            from: 0, window: manner.window, merchant: manner.merchant, showsSequences: true)
    }

    func isContent(_ known: KnownLog) -> Bool { heardEnd == known.end }
    func connectionWasLost() { request = nil }

    func act(_ known: KnownLog) {
        guard let request else {
            let subscribe = state.begin()
            self.request = line.send(.subscribe) { subscribe.write(to: &$0) }
            return
        }
        if let credit = state.consumed(manner.pace) {
            line.send(.credit, request: request) { $0.put(credit) }
        }
        if manner.patience > 0, line.draw(manner.patience) == 0 { disconnect() }
    }

    func take(_ header: MessageHeader, _ body: RawSpan, _ known: KnownLog) -> String? {
        guard header.request == request else { return "\(header.type) of no subscription" }
        do throws(ClientError) {
            switch header.type {
            case .events: return try takeEvents(body, known)
            case .progress:
                guard let progress = try? Progress(reading: body) else { return "no progress" }
                try state.received(progress)
                return pass(to: progress.position, known)
            default: return "\(header.type): \((try? Failure(reading: body)).map { "\($0)" } ?? "")"
            }
        } catch { return "\(error)" }
    }

    private func takeEvents(_ body: RawSpan, _ known: KnownLog) throws(ClientError) -> String? {
        var problem: String?
        try state.received(events: body) { event in
            problem = problem ?? hear(event.position, event.bytes.copied, known)
        }
        return problem ?? pass(to: state.next, known)
    }

    private func hear(_ position: UInt64, _ bytes: [UInt8], _ known: KnownLog) -> String? {
        guard position < known.end else { return "event \(position) is not durable" }
        let wanted = known.next(from: heardEnd, of: manner.merchant)
        guard position == wanted else { return "event \(position), expected \(wanted)" }
        guard known.bytes(of: position) == bytes else { return "event \(position) is not as logged" }
        (heardEnd, heardCount) = (position + 1, heardCount + 1)
        return nil
    }

    /// The server has looked at everything before `position`: nothing of it may have been wanted.
    private func pass(to position: UInt64, _ known: KnownLog) -> String? {
        guard position >= heardEnd, position <= known.end else {
            return "at \(position) after \(heardEnd), \(known.end) are durable"
        }
        let wanted = known.next(from: heardEnd, of: manner.merchant)
        guard wanted >= position else { return "event \(wanted) was skipped, by \(position)" }
        heardEnd = position
        return nil
    }
}
