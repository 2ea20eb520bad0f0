package import Ledger

/// The body of `subscribe`. Its request number names the subscription from then on.
///
///     0  8  position of the first event wanted; 0: from the beginning
///     8  4  credit: events the server may send before it is given more
///     12 2  count of event types wanted; 0: all
///     14 8  merchant whose events are wanted; 0: all that the key may read
///     22 …  the types, two bytes each
package struct Subscribe: Equatable, Sendable {
    package static let typesMax = 256

    package var position: UInt64
    package var credit: UInt32
    package var merchant: MerchantID
    /// Ascending.
    package var types: [UInt16]

    package init(position: UInt64, credit: UInt32, merchant: MerchantID = .none, types: [UInt16] = []) {
        (self.position, self.credit, self.merchant, self.types) = (position, credit, merchant, types)
    }

    package init(reading body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        (position, credit) = (try cursor.u64("position"), try cursor.u32("credit"))
        let count = Int(try cursor.u16("count of types"))
        guard count <= Self.typesMax else { throw WireError("count of types", "is \(count)") }
        merchant = MerchantID(raw: try cursor.u64("merchant"))
        types = []
        for _ in 0..<count { types.append(try cursor.u16("type")) }
        guard zip(types, types.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw WireError("types", "do not ascend")
        }
        try cursor.expectEnd()
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(position)
        buffer.put(credit)
        buffer.put(UInt16(types.count))
        buffer.put(merchant.raw)
        for type in types { buffer.put(type) }
    }
}

/// The body of `progress`, which comes when there is nothing to send, at least every ten seconds.
///
///     0  8  position behind the last event that was looked at
///     8  8  position behind the last durable event
package struct Progress: Equatable, Sendable {
    package var position: UInt64
    package var durableEnd: UInt64

    package init(position: UInt64, durableEnd: UInt64) {
        (self.position, self.durableEnd) = (position, durableEnd)
    }

    package init(reading body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        (position, durableEnd) = (try cursor.u64("position"), try cursor.u64("durable end"))
        try cursor.expectEnd()
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(position)
        buffer.put(durableEnd)
    }
}

/// The body of `credit`: so many events more.
package enum Credit {
    package static func read(_ body: RawSpan) throws(WireError) -> UInt32 {
        var cursor = WireCursor(body)
        let events = try cursor.u32("credit")
        try cursor.expectEnd()
        return events
    }
}

/// The body of `subscriptionEnded`: nothing if the client asked for it, else a failure.
package enum SubscriptionEnd {
    package static func read(_ body: RawSpan) throws(WireError) -> Failure? {
        body.byteCount == 0 ? nil : try Failure(reading: body)
    }
}
