import Glibc
import Ledger
import LogStore
import Protocol
import Server
import Simulation
import TestSupport
import Testing

/// Not a test of correctness: prints what a full replay costs. Run with HOLDFAST_MEASURE=1, release build.
@Suite(.enabled(if: unsafe getenv("HOLDFAST_MEASURE") != nil), .serialized) struct FeedMeasurement {
    /// A client that reads every event where it lies.
    private final class Reader: SubscriptionOutlet {
        private(set) var events = 0
        private(set) var bytes = 0

        func send(_ frames: RawSpan, to connection: ConnectionID) -> Bool {
            guard case .whole(let header)? = try? FrameScan.first(in: frames, lengthMax: 2 << 20) else {
                return true
            }
            let body = frames.extracting(MessageHeader.byteCount..<frames.byteCount)
            guard header.type == .events, var cursor = try? WireEventCursor(body) else { return true }
            while let event = try? cursor.next() {
                events += 1
                bytes += event.bytes.byteCount
            }
            return true
        }
    }

    @Test(arguments: [false, true])
    func `events a second of one raw subscription from the beginning`(isEncrypted: Bool) throws {
        var geometry = LogGeometry.production
        geometry.walBytes = 16 << 20
        let log = try TestLog(isEncrypted: isEncrypted, geometry: geometry)
        try log.append(groups: 2_000, of: 400, payloadBytes: 146)
        try Self.replay(log, "write-ahead files, encrypted: \(isEncrypted)", by: .auditor)
        try log.sealAll()
        let sealed = log.log.parts.catalog.sealedEnd
        try Self.replay(log, "\(sealed) sealed, encrypted: \(isEncrypted)", by: .auditor)
        try Self.replay(log, "nothing wanted", types: [0xFFFF], by: .auditor)
    }

    @Test func `events a second as outsiders see them`() throws {
        let log = try TestLog(geometry: .production)
        for _ in 0..<2_000 { try log.append(ofMerchants: [UInt64](repeating: 1, count: 150)) }
        try Self.replay(log, "as outsiders see them", by: .ofMerchant)
    }

    private static func replay(
        _ log: TestLog, _ what: String, types: [UInt16] = [], by asker: Asker
    ) throws {
        let mailbox = SubscriptionMailbox(durableEnd: log.log.durableEnd)
        let reader = Reader()
        var feed = SubscriptionFeed(
            of: log.log.parts.source, cipher: FeedWorld.cipher, mailbox: mailbox, outlet: reader)
        let subscribe = Subscribe(position: 0, credit: .max, types: types)
        mailbox.post(.subscribe(SubscriptionRequest(connection: 1, request: 1, subscribe, by: asker)))
        let start = Signal.clock
        while case .none = feed.step(now: 0) {}
        let seconds = Double(Signal.clock - start) / 1e9
        let count = Double(log.log.durableEnd)
        print("\(what): \(Int(count / seconds)) events/s, \(Int(Double(reader.bytes) / seconds) >> 20) MiB/s")
    }
}
