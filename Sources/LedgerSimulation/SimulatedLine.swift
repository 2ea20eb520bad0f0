internal import Client
internal import Ledger
internal import Protocol
internal import Simulation

/// One end of connections, one after the other: bytes to frames, and the handshake that each begins with.
final class SimulatedLine {
    private let key: APIKey
    private let name: String
    private var random: SeededRandom
    private var link: SimulatedLink?
    private var handshake: ClientHandshake?
    private var incoming: [UInt8] = []
    private var ledger: Hash128?
    private var nextRequest: UInt64 = 1

    init(_ key: APIKey, name: String, seed: UInt64) {
        (self.key, self.name) = (key, name)
        random = SeededRandom(seed: seed)
    }

    var isConnected: Bool { link != nil }
    /// Requests may be sent.
    var isReady: Bool { link != nil && handshake == nil }

    /// A number below `bound`, the owner's to draw.
    func draw(_ bound: Int) -> Int { random.below(bound) }

    func connect(_ link: SimulatedLink) {
        self.link = link
        incoming = []
        var out = WireBuffer()
        let nonce = (0..<Scram.byteCount).map { _ in UInt8(truncatingIfNeeded: random.next() >> 24) }
        handshake = ClientHandshake(key, nonce: nonce, name: name, certificate: [], out: &out)
        link.toServer += out.copied
    }

    /// The connection broke, or was given up.
    func disconnect() {
        link?.isLeftByClient = true
        (link, handshake) = (nil, nil)
    }

    /// Sends a message; returns the number of its request.
    ///
    /// - Parameter request: nil: a new number.
    @discardableResult
    func send(
        _ type: MessageType, request: UInt64? = nil, _ body: (inout WireBuffer) -> Void
    ) -> UInt64 {
        var out = WireBuffer()
        let start = out.beginFrame()
        body(&out)
        let number = request ?? nextRequest
        if request == nil { nextRequest += 1 }
        out.endFrame(start, type, request: number)
        link?.toServer += out.copied
        return number
    }

    /// Takes bytes from the server, and hands on what is no part of the handshake.
    ///
    /// - Returns: what is wrong with them, if anything.
    func receive(
        _ bytes: ArraySlice<UInt8>, _ take: (MessageHeader, RawSpan) -> String?
    ) -> String? {
        incoming += bytes
        while link != nil {
            var taken = 0
            var problem: String?
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            takeFrame(unsafe incoming.span.bytes, &taken, &problem, take)
            if let problem { return "\(name): \(problem)" }
            if taken == 0 { return nil }
            incoming.removeFirst(min(taken, incoming.count))
        }
        return nil
    }

    private func takeFrame(
        _ bytes: RawSpan, _ taken: inout Int, _ problem: inout String?,
        _ take: (MessageHeader, RawSpan) -> String?
    ) {
        do throws(FrameError) {
            guard case .whole(let header) = try FrameScan.first(in: bytes, lengthMax: 4 << 20) else { return }
            taken = MessageHeader.byteCount + Int(header.length)
            let body = bytes.extracting(MessageHeader.byteCount..<taken)
            problem = handshake == nil ? take(header, body) : shake(header, body)
        } catch { problem = "the server sent no frame: \(error)" }
    }

    private func shake(_ header: MessageHeader, _ body: RawSpan) -> String? {
        if header.type == .failure {
            guard isBusy(body) else { return "the handshake failed" }
            disconnect()
            return nil
        }
        var out = WireBuffer()
        do throws(ClientError) {
            let agreed = try handshake?.receive(header, body, out: &out)
            link?.toServer += out.copied
            guard let (challenge, _) = agreed else { return nil }
            if let ledger, ledger != challenge.ledger { return "it is another ledger" }
            ledger = challenge.ledger
            handshake = nil
            return nil
        } catch { return "handshake: \(error)" }
    }

    /// Whether a failure only asks for patience.
    func isBusy(_ body: RawSpan) -> Bool { (try? Failure(reading: body))?.code == .busy }
}

extension WireBuffer {
    /// The bytes, copied.
    var copied: [UInt8] {
        var bytes: [UInt8] = []
        withBytes(0..<count) { bytes = $0.copied }
        return bytes
    }
}

extension RawSpan {
    /// The bytes, copied.
    var copied: [UInt8] {
        // SAFETY: the bytes are copied while they are borrowed.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
