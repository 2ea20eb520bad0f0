package import Protocol

/// A client's part of a handshake. No socket, no randomness.
package struct ClientHandshake: Sendable {
    private enum Phase {
        case beforeChallenge(hello: [UInt8])
        case beforeSession(transcript: [UInt8], Challenge)
        case done
    }

    private let key: APIKey
    private let certificate: [UInt8]
    private var phase: Phase

    /// Begins: `hello` is written to `out`.
    ///
    /// - Parameters:
    ///   - nonce: 32 random bytes, never used again.
    ///   - name: of the client, for the server's log lines.
    ///   - certificate: SHA-256 of the server's certificate as DER; empty without TLS.
    package init(
        _ key: APIKey, nonce: [UInt8], name: String, certificate: [UInt8], out: inout WireBuffer
    ) {
        self.key = key
        self.certificate = certificate
        let start = out.beginFrame()
        Hello(key: key.publicID, nonce: nonce, client: name).write(to: &out)
        let hello = Self.array(out.bytes.extracting((start + MessageHeader.byteCount)..<out.count))
        phase = .beforeChallenge(hello: hello)
        out.endFrame(start, .hello, request: 0)
    }

    /// Takes the server's next message.
    ///
    /// - Returns: what was agreed, at the end.
    package mutating func receive(
        _ header: MessageHeader, _ body: RawSpan, out: inout WireBuffer
    ) throws(ClientError) -> (Challenge, Session)? {
        switch (header.type, phase) {
        case (.challenge, .beforeChallenge(let hello)):
            let challenge = try Self.read(body) { (span) throws(WireError) in try Challenge(reading: span) }
            prove(challenge, hello, Self.array(body), &out)
            return nil
        case (.session, .beforeSession(let transcript, let challenge)):
            let session = try Self.read(body) { (span) throws(WireError) in try Session(reading: span) }
            try check(session, transcript)
            return (challenge, session)
        case (.failure, _):
            let failure = try Self.read(body) { (span) throws(WireError) in try Failure(reading: span) }
            throw .failed(ClientError.Reason(failure))
        default:
            throw .malformedAnswer("\(header.type) has no place here in a handshake")
        }
    }

    private static func read<Message>(
        _ body: RawSpan, _ parse: (RawSpan) throws(WireError) -> Message
    ) throws(ClientError) -> Message {
        do { return try parse(body) } catch { throw .malformedAnswer("\(error)") }
    }

    private mutating func prove(
        _ challenge: Challenge, _ hello: [UInt8], _ body: [UInt8], _ out: inout WireBuffer
    ) {
        let transcript = Scram.transcript(hello: hello, challenge: body, certificate: certificate)
        let start = out.beginFrame()
        out.put(Scram.proof(secret: key.secret, transcript: transcript))
        out.endFrame(start, .proof, request: 0)
        phase = .beforeSession(transcript: transcript, challenge)
    }

    /// Makes sure that the server knows the key too.
    private mutating func check(_ session: Session, _ transcript: [UInt8]) throws(ClientError) {
        let expected = Scram.signature(secret: key.secret, transcript: transcript)
        guard Scram.areEqual(session.signature, expected) else {
            throw .untrusted("its signature is not that of a server that knows the key")
        }
        phase = .done
    }

    private static func array(_ span: RawSpan) -> [UInt8] {
        // SAFETY: the span is borrowed for the copy.
        unsafe span.withUnsafeBytes { unsafe Array($0) }
    }
}
