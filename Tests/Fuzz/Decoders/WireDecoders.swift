import Client
import Ledger
import LogStore
import Protocol

// What clients and servers say to each other, message by message.
extension FuzzDecoder {
    static let wireDecoders = [frames, commandsRequest, query, subscribe, serverMessages, clientHandshake]

    /// Frames, one after the other.
    static let frames = FuzzDecoder(
        "frames", byteCountMax: 8192,
        judge: { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                guard let frame = Frame(first: rest) else { return false }
                // Written again it is the same.
                invariant(frame.bytes == Array(rest.prefix(frame.bytes.count)), "a frame of other bytes")
                rest = rest.dropFirst(frame.bytes.count)
            }
            return true
        },
        repair: { Repair.frames(&$0) }, samples: { [Samples.fromClient, Samples.fromServer] })

    /// The body of `commands`, with every command of it.
    static let commandsRequest = FuzzDecoder(
        "commands-request", byteCountMax: 8192,
        judge: { bytes in
            bytes.withRawSpan { span in
                guard let request = try? CommandsRequest(reading: span, countMax: 8_190) else {
                    return false
                }
                return decodeAll(request)
            }
        },
        samples: { [false, true].map { Samples.commands(isAtomic: $0) } })

    /// The body of `query`, of every kind: it has one encoding.
    static let query = FuzzDecoder(
        "query", byteCountMax: 256,
        judge: { bytes in
            bytes.withRawSpan { span in
                guard let number = try? QueryMessage.kind(reading: span),
                    let kind = QueryKind(rawValue: number)
                else { return false }
                return Samples.type(of: kind).isRead(span)
            }
        },
        samples: { QueryKind.allCases.map { Samples.type(of: $0).sample } })

    /// The bodies of `subscribe` and `credit`.
    static let subscribe = FuzzDecoder(
        "subscribe", byteCountMax: 1024,
        judge: { bytes in
            bytes.withRawSpan { span in
                if (try? Credit.read(span)) != nil { return true }
                guard let subscribe = try? Subscribe(reading: span) else { return false }
                var again = WireBuffer()
                subscribe.write(to: &again)
                expectSame(again.copied, span, "subscribe")
                return true
            }
        },
        samples: {
            ([[], [1, 2, 0xFF01]] as [[UInt16]]).map { types in
                var out = WireBuffer()
                Subscribe(position: 5, credit: 7, merchant: MerchantID(raw: 2), types: types)
                    .write(to: &out)
                return out.copied
            } + [[1, 0, 0, 0]]
        })

    /// Frames as a client takes them of a server after the handshake, with a subscription that goes on.
    static let serverMessages = FuzzDecoder(
        "server-messages", byteCountMax: 8192,
        judge: { bytes in
            var rest = bytes[...]
            var state = SubscriptionState(from: 0, window: 64, showsSequences: true)
            _ = state.begin()
            while !rest.isEmpty {
                guard let frame = Frame(first: rest), frame.isTaken(by: &state) else { return false }
                rest = rest.dropFirst(frame.bytes.count)
            }
            return true
        },
        repair: { Repair.frames(&$0) }, samples: { [Samples.fromServer] })

    /// A server's part of the handshake, as a client takes it; a signature nobody can guess ends it.
    static let clientHandshake = FuzzDecoder(
        "client-handshake", byteCountMax: 1024,
        judge: { bytes in
            var out = WireBuffer()
            let nonce = [UInt8](repeating: 3, count: Scram.byteCount)
            var handshake = ClientHandshake(
                Samples.apiKey, nonce: nonce, name: "fuzz", certificate: [], out: &out)
            var rest = bytes[...]
            while !rest.isEmpty {
                guard let frame = Frame(first: rest), frame.isTaken(by: &handshake) else { return false }
                rest = rest.dropFirst(frame.bytes.count)
            }
            return true
        },
        repair: { Repair.frames(&$0) }, samples: { [Samples.challenge] })

    private static func decodeAll(_ request: CommandsRequest) -> Bool {
        var cursor = CommandCursor(request)
        do {
            while let bytes = try cursor.next() {
                let command = try Command(
                    decoding: bytes, names: .asShown, merchant: .none, secret: Samples.keySecret)
                invariant(Operation(rawValue: command.operation.rawValue) != nil, "an unknown operation")
            }
            return true
        } catch { return false }
    }
}

extension Frame {
    /// Whether a client that follows the log takes it.
    fileprivate func isTaken(by state: inout SubscriptionState) -> Bool {
        body.withRawSpan { body in
            do {
                switch header.type {
                case .events: try state.received(events: body) { _ = $0.bytes.byteCount }
                case .progress: try state.received(try Progress(reading: body))
                case .subscriptionEnded: _ = try SubscriptionEnd.read(body)
                case .failure: _ = try Failure(reading: body)
                case .results: try Self.readResults(body)
                case .answer:
                    guard let kind = QueryKind(rawValue: try QueryMessage.kind(reading: body)) else {
                        return false
                    }
                    return Samples.type(of: kind).isAnswerRead(body)
                default: return false
                }
                _ = state.consumed(1)
                return true
            } catch { return false }
        }
    }

    private static func readResults(_ body: RawSpan) throws(WireError) {
        var cursor = WireCursor(body)
        let count = try ResultsHead.read(&cursor).count
        for _ in 0..<count { _ = try CommandResult(reading: &cursor) }
        try cursor.expectEnd()
    }

    /// Whether a client takes it in its handshake.
    fileprivate func isTaken(by handshake: inout ClientHandshake) -> Bool {
        body.withRawSpan { body in
            var out = WireBuffer()
            do {
                _ = try handshake.receive(header, body, out: &out)
                return true
            } catch { return false }
        }
    }
}
