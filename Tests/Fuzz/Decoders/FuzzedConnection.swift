import Client
import Ledger
import LogStore
import Protocol
import Server

/// A connection of a server without a ledger: its key is known, and every second request finds no room.
struct FuzzedConnection {
    private var state = ConnectionState(
        ServerIdentity(ledger: Hash128(low: 3, high: 4), shard: 0, name: "fuzz"),
        nonce: [UInt8](repeating: 1, count: Scram.byteCount))
    private var said: [UInt8] = []
    private var requests = 0
    /// Whether the server ended it because of what came in.
    private(set) var hasFailed = false

    static let nonce = [UInt8](repeating: 3, count: Scram.byteCount)

    static let hello = Samples.frame(.hello, request: 0) { out in
        Hello(key: Samples.apiKey.publicID, nonce: nonce, client: "fuzz").write(to: &out)
    }

    /// Takes bytes of a client; only whole frames may go out.
    mutating func take(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty, !hasFailed {
            guard let (header, body) = frame(&rest) else { break }
            var answer = WireBuffer()
            let step = body.withRawSpan { state.receive(header, $0, answer: &answer) }
            perform(step, header, &answer)
            said += answer.copied
        }
        Frame.expectFrames(said)
    }

    /// The next frame; nil if there is none, or what is there is none.
    private mutating func frame(_ rest: inout ArraySlice<UInt8>) -> (MessageHeader, [UInt8])? {
        do throws(FrameError) {
            let bytes = Array(rest)
            let scan = try bytes.withRawSpan { (span) throws(FrameError) in
                try FrameScan.first(in: span, lengthMax: state.bodyBytesMax)
            }
            guard case .whole(let header) = scan else { return nil }
            let end = MessageHeader.byteCount + Int(header.length)
            rest = rest.dropFirst(end)
            return (header, Array(bytes[MessageHeader.byteCount..<end]))
        } catch {
            var answer = WireBuffer()
            invariant(state.receive(error, answer: &answer) == .close, "no frame, and it goes on")
            said += answer.copied
            hasFailed = true
            return nil
        }
    }

    private mutating func perform(
        _ step: ConnectionStep, _ header: MessageHeader, _ answer: inout WireBuffer
    ) {
        switch step {
        case .close: hasFailed = header.type != .goodbye
        case .offer:
            requests += 1
            if requests % 2 == 0 {
                state.requestWasTaken()
                _ = state.answersLeave(1)
            } else {
                state.requestFoundNoRoom(header, answer: &answer)
            }
        case .findKey(let name):
            let key = name == Samples.apiKey.publicID ? FuzzedServer.keyView : nil
            let next = state.keyWasFound(key, position: { _ in 9 }, answer: &answer)
            hasFailed = next == .close
        case .proceed, .subscribe, .credit, .unsubscribe: break
        }
    }

    /// As a client does that has the key.
    mutating func shakeHands() {
        var out = WireBuffer()
        var handshake = ClientHandshake(
            Samples.apiKey, nonce: Self.nonce, name: "fuzz", certificate: [], out: &out)
        for _ in 0..<2 {
            take(out.copied)
            out.removeAll()
            guard let frame = Frame(first: said[...]) else { break }
            said = []
            frame.body.withRawSpan { _ = try? handshake.receive(frame.header, $0, out: &out) }
        }
        invariant(state.asker != nil, "the handshake with the right key failed")
    }
}

extension Frame {
    /// What goes out is whole frames, whatever came in.
    static func expectFrames(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let frame = Frame(first: rest) else { invariantViolated("half a frame goes out") }
            rest = rest.dropFirst(frame.bytes.count)
        }
    }
}
