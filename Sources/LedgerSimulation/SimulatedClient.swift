internal import Client
internal import Ledger
internal import Protocol
internal import Simulation

/// A client that tells a story: one command at a time, each asked again on a new connection until it is
/// answered.
final class SimulatedClient {
    private let key: APIKey
    private(set) var story: PaymentStory
    private var random: SeededRandom
    private var link: SimulatedLink?
    private var handshake: ClientHandshake?
    private var incoming: [UInt8] = []
    /// What was asked and is not answered.
    private(set) var asked: PaymentStory.Step?
    private var nextRequest: UInt64 = 1
    /// Of `asked`, on this connection; nil if it is to be asked again.
    private(set) var request: UInt64?
    private(set) var answers = 0
    private var ledger: Hash128?

    init(_ key: APIKey, _ story: PaymentStory, seed: UInt64) {
        (self.key, self.story) = (key, story)
        random = SeededRandom(seed: seed)
    }

    var isConnected: Bool { link != nil }
    /// It has a connection, and nothing to wait for.
    var isIdle: Bool { link != nil && handshake == nil && request == nil }

    func connect(_ link: SimulatedLink) {
        self.link = link
        incoming = []
        var out = WireBuffer()
        let nonce = (0..<Scram.byteCount).map { _ in UInt8(truncatingIfNeeded: random.next() >> 24) }
        handshake = ClientHandshake(key, nonce: nonce, name: "simulated", certificate: [], out: &out)
        link.toServer += out.copied
    }

    /// The connection broke, or the client gave it up.
    func disconnect() {
        link?.isLeftByClient = true
        (link, handshake, request) = (nil, nil, nil)
    }

    /// Asks for what was not answered, or for the next thing.
    ///
    /// - Returns: the request's number.
    func ask() -> UInt64 {
        let step = asked ?? story.next()
        asked = step
        var out = WireBuffer()
        let start = out.beginFrame()
        CommandsRequest.writeHead(isAtomic: false, count: 1, to: &out)
        let key = Array(step.key.utf8)
        // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
        CommandsRequest.put(step.command, key: unsafe key.span.bytes, names: .asShown, to: &out)
        let number = nextRequest
        out.endFrame(start, .commands, request: number)
        nextRequest += 1
        request = number
        link?.toServer += out.copied
        return number
    }

    /// Takes bytes from the server; what is wrong with them, if anything.
    func receive(_ bytes: ArraySlice<UInt8>) -> String? {
        incoming += bytes
        while link != nil {
            var taken = 0
            var problem: String?
            // SAFETY: as above.
            takeFrame(unsafe incoming.span.bytes, &taken, &problem)
            if let problem { return problem }
            if taken == 0 { return nil }
            incoming.removeFirst(taken)
        }
        return nil
    }

    private func takeFrame(_ bytes: RawSpan, _ taken: inout Int, _ problem: inout String?) {
        do throws(FrameError) {
            guard case .whole(let header) = try FrameScan.first(in: bytes, lengthMax: 4 << 20) else { return }
            taken = MessageHeader.byteCount + Int(header.length)
            problem = take(header, bytes.extracting(MessageHeader.byteCount..<taken))
        } catch { problem = "the server sent no frame: \(error)" }
    }

    private func take(_ header: MessageHeader, _ body: RawSpan) -> String? {
        if header.type == .failure { return failed(body) }
        if handshake != nil { return shake(header, body) }
        guard header.type == .results, header.request == request, let step = asked else {
            return "\(header.type) of request \(header.request), which was not asked"
        }
        var cursor = WireCursor(body)
        do throws(WireError) {
            _ = try ResultsHead.read(&cursor)
            let result = try CommandResult(reading: &cursor)
            (asked, request) = (nil, nil)
            answers += 1
            return story.answered(step, result)
        } catch { return "the server sent no result: \(error)" }
    }

    /// Busy is no answer: the same is asked again.
    private func failed(_ body: RawSpan) -> String? {
        do throws(WireError) {
            let failure = try Failure(reading: body)
            guard failure.code == .busy else { return "the server failed: \(failure)" }
            if handshake != nil { disconnect() } else { request = nil }
            return nil
        } catch { return "the server sent no failure: \(error)" }
    }

    private func shake(_ header: MessageHeader, _ body: RawSpan) -> String? {
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
}

extension WireBuffer {
    /// The bytes, copied.
    var copied: [UInt8] {
        var bytes: [UInt8] = []
        withBytes(0..<count) { span in
            // SAFETY: the bytes are copied while they are borrowed.
            unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
