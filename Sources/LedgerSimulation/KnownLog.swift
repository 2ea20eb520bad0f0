internal import Ledger
internal import LogStore
internal import Protocol

/// Every event that was durable once: what may be told, and what must be there for ever. It is worked out
/// anew from these what an answer has to say, by adding up the legs before its position.
final class KnownLog {
    private struct KnownEvent {
        let bytes: [UInt8]
        /// Nil: the log's own act.
        let event: Event?
    }

    private var events: [KnownEvent] = []

    var end: UInt64 { UInt64(events.count) }

    /// Takes what has become durable since.
    func extend(by server: SimulatedServer) throws {
        if server.durableEnd == end { return }
        for bytes in try server.read(end..<server.durableEnd) {
            events.append(KnownEvent(bytes: bytes, event: try Self.decode(bytes, at: end)))
        }
    }

    /// Whether a server that has started has all of it, as it was; what is wrong, if anything.
    func problem(with server: SimulatedServer) throws -> String? {
        guard server.durableEnd >= end else { return "\(server.durableEnd) events are left of \(end)" }
        for (sequence, bytes) in try server.read(0..<end).enumerated()
        where events[sequence].bytes != bytes {
            return "event \(sequence) is another after the restart"
        }
        return nil
    }

    private static func decode(_ bytes: [UInt8], at sequence: UInt64) throws -> Event? {
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        let span = unsafe bytes.span.bytes
        let header = EventHeader(reading: span, at: 0)
        if header.type >= EventHeader.reservedTypeMin { return nil }
        return try Event(
            sequence: SequenceNumber(raw: sequence), time: LedgerTime(nanoseconds: header.time),
            type: header.type, schema: header.schema, flags: header.flags,
            payload: span.extracting(EventHeader.byteCount..<span.byteCount))
    }

    // MARK: What subscriptions have to say

    func bytes(of sequence: UInt64) -> [UInt8] { events[Int(sequence)].bytes }

    /// The first event from `sequence` on that is a merchant's, or the end; none: any event.
    func next(from sequence: UInt64, of merchant: MerchantID) -> UInt64 {
        let first = events[Int(sequence)...].firstIndex { known in
            merchant.isNone || known.event?.context.merchant == merchant
        }
        return UInt64(first ?? events.count)
    }

    // MARK: What queries have to say

    /// What accounts came to before a position, ascending.
    func accounts(before position: UInt64, where isMeant: (AccountID) -> Bool) -> [AccountRecord] {
        var sums: [UInt64: AccountRecord] = [:]
        for known in events[..<Int(position)] {
            guard let event = known.event else { continue }
            let legs = event.legs.span
            for index in legs.indices {
                let leg = legs[index]
                guard isMeant(leg.account) else { continue }
                sums[leg.account.raw, default: AccountRecord(of: leg.account)].add(leg)
            }
        }
        return sums.values.sorted { $0.account.raw < $1.account.raw }
    }

    /// Payments that were made before a position, with what their events say of them.
    func payments(before position: UInt64) -> [PaymentID: KnownPayment] {
        var payments: [PaymentID: KnownPayment] = [:]
        for known in events[..<Int(position)] {
            guard let event = known.event, !event.context.payment.isNone else { continue }
            payments[event.context.payment, default: KnownPayment()].add(event)
        }
        return payments
    }

    /// Ids of the payments there are, in their order.
    var paymentIDs: [PaymentID] {
        events.compactMap { known in
            switch known.event?.fact {
            case .authorizationRecorded, .paymentRequested: known.event?.context.payment
            default: nil
            }
        }
    }
}

/// What the events of a payment say of it.
struct KnownPayment: Equatable {
    private(set) var merchant = MerchantID.none
    private(set) var status = PaymentStatus.processing
    private(set) var captured: Int64 = 0
    private(set) var latest: UInt64 = 0

    init() {}

    init(_ record: PaymentRecord) {
        (merchant, status) = (record.merchant, record.status)
        (captured, latest) = (record.captured.minorUnits, record.latest.raw)
    }

    mutating func add(_ event: Event) {
        (merchant, latest) = (event.context.merchant, event.sequence.raw)
        switch event.fact {
        case .authorizationRecorded: status = .authorized
        case .paymentBlocked: status = .blocked
        case .captured(let body):
            status = .captured
            captured += body.amount.minorUnits
        default: break
        }
    }
}

extension AccountRecord {
    fileprivate init(of account: AccountID) {
        self.init()
        self.account = account
    }

    fileprivate mutating func add(_ leg: Leg) {
        let amount = UInt128(leg.amount.magnitude)
        switch (leg.layer, leg.amount > 0) {
        case (.posted, true): debitsPosted += amount
        case (.posted, false): creditsPosted += amount
        case (.pending, true): debitsPending += amount
        case (.pending, false): creditsPending += amount
        }
    }
}
