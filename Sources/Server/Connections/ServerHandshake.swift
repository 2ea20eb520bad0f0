package import Ledger
package import Projections
package import Protocol

/// The server's part of a handshake: hello, challenge, proof, session. No clock, no randomness, no socket.
///
/// A key that is not known, not good any more or not proved gets the same answer after the same work: nobody
/// is told which.
package struct ServerHandshake: Sendable {
    private enum Phase {
        case beforeHello
        case beforeProof(key: Hash128, transcript: [UInt8])
        case lookingUp(proof: [UInt8], transcript: [UInt8])
    }

    private let identity: ServerIdentity
    private let nonce: [UInt8]
    private var phase = Phase.beforeHello
    /// What the client calls itself.
    package private(set) var client = ""

    /// - Parameter nonce: 32 random bytes, never used again.
    package init(_ identity: ServerIdentity, nonce: [UInt8]) {
        self.identity = identity
        self.nonce = nonce
    }

    /// Takes a message of the handshake.
    ///
    /// - Returns: the name of the key to look up, once it is to be.
    package mutating func receive(
        _ header: MessageHeader, _ body: RawSpan, answer: inout WireBuffer
    ) throws(HandshakeFailure) -> Hash128? {
        switch (header.type, phase) {
        case (.hello, .beforeHello):
            try receiveHello(body, &answer)
            return nil
        case (.proof, .beforeProof(let key, let transcript)):
            guard body.byteCount == Scram.byteCount else {
                throw HandshakeFailure(.unauthorized, "a proof has \(Scram.byteCount) bytes")
            }
            phase = .lookingUp(proof: Self.array(body), transcript: transcript)
            return key
        default:
            throw HandshakeFailure(.outOfTurn, "\(header.type) has no place here in a handshake")
        }
    }

    private mutating func receiveHello(
        _ body: RawSpan, _ answer: inout WireBuffer
    ) throws(HandshakeFailure) {
        let hello: Hello
        do { hello = try Hello(reading: body) } catch {
            throw HandshakeFailure(.malformedFrame, "hello: \(error)")
        }
        guard let version = ProtocolVersion.common(with: hello.versions) else {
            let (oldest, newest) = (ProtocolVersion.oldest, ProtocolVersion.newest)
            throw HandshakeFailure(.unsupportedVersion, "spoken here are \(oldest) to \(newest)")
        }
        client = hello.client
        let start = answer.beginFrame()
        Challenge(
            version: version, shard: identity.shard, ledger: identity.ledger, nonce: nonce,
            limits: identity.limits, server: identity.name
        ).write(to: &answer)
        let challenge = Self.array(
            answer.bytes.extracting((start + MessageHeader.byteCount)..<answer.count))
        phase = .beforeProof(
            key: hello.key,
            transcript: Scram.transcript(
                hello: Self.array(body), challenge: challenge,
                certificate: identity.certificate))
        answer.endFrame(start, .challenge, request: 0)
    }

    /// Takes what was found under the name of the key, and ends the handshake.
    ///
    /// - Parameters:
    ///   - key: nil if there is none that is good.
    ///   - position: of the next event, as this key sees it.
    package mutating func finish(
        _ key: APIKeyView?, position: (Asker) -> UInt64, answer: inout WireBuffer
    ) throws(HandshakeFailure) -> Asker {
        guard case .lookingUp(let proof, let transcript) = phase else {
            throw HandshakeFailure(.outOfTurn, "no key was looked up")
        }
        let verifier = key.map { Scram.Verifier($0) } ?? Self.nobody
        let isProved = Scram.isProved(proof, by: verifier, transcript: transcript)
        guard let key, isProved else { throw HandshakeFailure(.unauthorized, "no such key, or not proved") }
        let asker = Asker(key: key.id, scopes: key.scopes, merchant: key.merchant, actor: key.actor)
        let start = answer.beginFrame()
        Session(
            signature: Scram.signature(serverKey: verifier.serverKey, transcript: transcript),
            scopes: key.scopes.rawValue, merchant: key.merchant, actor: key.actor, position: position(asker)
        ).write(to: &answer)
        answer.endFrame(start, .session, request: 0)
        return asker
    }

    /// What proves are checked against if there is no key: as much work, and never right.
    private static let nobody = Scram.Verifier(
        storedKey: [UInt8](repeating: 0, count: Scram.byteCount),
        serverKey: [UInt8](repeating: 0, count: Scram.byteCount))

    private static func array(_ span: RawSpan) -> [UInt8] {
        // SAFETY: the span is borrowed for the copy.
        unsafe span.withUnsafeBytes { unsafe Array($0) }
    }
}

/// Why a handshake ends before its end; the connection does too.
package struct HandshakeFailure: Error, Equatable, Sendable {
    package let failure: Failure

    init(_ code: FailureCode, _ text: String) { failure = Failure(code, text) }
}

extension Scram.Verifier {
    /// As the ledger keeps it.
    init(_ key: APIKeyView) {
        self.init(storedKey: key.storedKey.bytes, serverKey: key.serverKey.bytes)
    }
}
