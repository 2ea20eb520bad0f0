package import Ledger

/// Versions of the protocol this code speaks.
package enum ProtocolVersion {
    package static let oldest: UInt16 = 1
    package static let newest: UInt16 = 1

    /// The newest that both sides speak; nil if there is none.
    package static func common(with range: ClosedRange<UInt16>) -> UInt16? {
        let version = min(newest, range.upperBound)
        return version >= max(oldest, range.lowerBound) ? version : nil
    }
}

/// The first message of a connection: who wants to talk, and what it speaks.
///
///     0  4  magic "HFST"
///     4  2  oldest version
///     6  2  newest version
///     8  16 name of the API key
///     24 32 nonce, random
///     56 2+ name of the client, at most 64 bytes, for log lines
package struct Hello: Equatable, Sendable {
    package static let magic: UInt32 = 0x5453_4648
    package static let clientNameMax = 64

    package var versions: ClosedRange<UInt16> = ProtocolVersion.oldest...ProtocolVersion.newest
    package var key: Hash128
    package var nonce: [UInt8]
    package var client: String

    package init(key: Hash128, nonce: [UInt8], client: String) {
        self.key = key
        self.nonce = nonce
        self.client = client
    }

    package init(reading body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        guard try cursor.u32("magic") == Self.magic else { throw WireError("magic", "is not HFST") }
        let (oldest, newest) = (try cursor.u16("oldest version"), try cursor.u16("newest version"))
        guard oldest <= newest, oldest > 0 else { throw WireError("versions", "are \(oldest) to \(newest)") }
        versions = oldest...newest
        key = Hash128(low: try cursor.u64("key"), high: try cursor.u64("key"))
        nonce = try cursor.array("nonce", count: Scram.byteCount)
        client = try cursor.text("client", countMax: Self.clientNameMax)
        try cursor.expectEnd()
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(Self.magic)
        buffer.put(versions.lowerBound)
        buffer.put(versions.upperBound)
        buffer.put(key.low)
        buffer.put(key.high)
        buffer.put(nonce)
        buffer.put(text: client)
    }
}

/// The server's answer: which ledger this is, what it allows, and something to prove a key over.
///
///     0  2  version
///     2  2  shard
///     4  16 ledger, as the bytes of its UUID
///     20 32 nonce, random
///     52 …  limits (20 bytes)
///     72 2+ name and version of the server
package struct Challenge: Equatable, Sendable {
    package var version: UInt16
    package var shard: UInt16
    package var ledger: Hash128
    package var nonce: [UInt8]
    package var limits: ConnectionLimits
    package var server: String

    package init(
        version: UInt16, shard: UInt16, ledger: Hash128, nonce: [UInt8], limits: ConnectionLimits,
        server: String
    ) {
        (self.version, self.shard, self.ledger) = (version, shard, ledger)
        (self.nonce, self.limits, self.server) = (nonce, limits, server)
    }

    package init(reading body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        (version, shard) = (try cursor.u16("version"), try cursor.u16("shard"))
        ledger = Hash128(low: try cursor.u64("ledger"), high: try cursor.u64("ledger"))
        nonce = try cursor.array("nonce", count: Scram.byteCount)
        limits = try ConnectionLimits(reading: &cursor)
        server = try cursor.text("server", countMax: Hello.clientNameMax)
        try cursor.expectEnd()
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(version)
        buffer.put(shard)
        buffer.put(ledger.low)
        buffer.put(ledger.high)
        buffer.put(nonce)
        limits.write(to: &buffer)
        buffer.put(text: server)
    }
}

/// What one connection may ask for; more is an error, or `busy`.
///
///     0  4  bytes of a body
///     4  4  bytes of events that a request may write, all or nothing
///     8  2  commands of a request
///     10 2  requests in flight
///     12 2  subscriptions
///     14 2  events a command or a request may write, all or nothing
///     16 4  milliseconds without a frame after which the server closes
package struct ConnectionLimits: Equatable, Sendable {
    package var bodyBytesMax: UInt32 = 2 << 20
    package var requestEventBytesMax: UInt32 = 4_000_000
    package var commandsMax: UInt16 = 8_190
    package var requestsMax: UInt16 = 1_024
    package var subscriptionsMax: UInt16 = 16
    package var requestEventsMax: UInt16 = 2_048
    package var idleMilliseconds: UInt32 = 120_000

    package init() {}

    init(reading cursor: inout WireCursor) throws(WireError) {
        bodyBytesMax = try cursor.u32("body bytes")
        requestEventBytesMax = try cursor.u32("event bytes")
        commandsMax = try cursor.u16("commands")
        requestsMax = try cursor.u16("requests")
        subscriptionsMax = try cursor.u16("subscriptions")
        requestEventsMax = try cursor.u16("events")
        idleMilliseconds = try cursor.u32("idle")
    }

    func write(to buffer: inout WireBuffer) {
        buffer.put(bodyBytesMax)
        buffer.put(requestEventBytesMax)
        buffer.put(commandsMax)
        buffer.put(requestsMax)
        buffer.put(subscriptionsMax)
        buffer.put(requestEventsMax)
        buffer.put(idleMilliseconds)
    }
}

/// The end of the handshake, and what the key is good for.
///
///     0  32 the server's signature
///     32 1  scopes: 1 write · 2 read · 4 audit · 8 admin
///     33 8  merchant whose key it is; 0: of the whole ledger
///     41 8  actor its commands are recorded under
///     49 8  position of the next event
package struct Session: Equatable, Sendable {
    package var signature: [UInt8]
    package var scopes: UInt8
    package var merchant: MerchantID
    package var actor: ActorID
    package var position: UInt64

    package init(
        signature: [UInt8], scopes: UInt8, merchant: MerchantID, actor: ActorID, position: UInt64
    ) {
        (self.signature, self.scopes, self.merchant) = (signature, scopes, merchant)
        (self.actor, self.position) = (actor, position)
    }

    package init(reading body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        signature = try cursor.array("signature", count: Scram.byteCount)
        scopes = try cursor.u8("scopes")
        merchant = MerchantID(raw: try cursor.u64("merchant"))
        actor = ActorID(raw: try cursor.u64("actor"))
        position = try cursor.u64("position")
        try cursor.expectEnd()
    }

    package func write(to buffer: inout WireBuffer) {
        buffer.put(signature)
        buffer.put(scopes)
        buffer.put(merchant.raw)
        buffer.put(actor.raw)
        buffer.put(position)
    }
}
