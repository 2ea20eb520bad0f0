package import NIOCore
internal import NIOSSL
internal import NIOTLS
package import Protocol

/// What a client's socket tells whoever uses it, on its event loop.
package protocol ClientChannelDelegate: AnyObject {
    /// The handshake is over: requests may be sent.
    func isReady(_ challenge: Challenge, _ session: Session)
    /// A whole frame came.
    func received(_ header: MessageHeader, _ body: RawSpan)
    /// Nothing more will come; why, if that is known.
    func ended(_ error: ClientError)
}

/// The socket of one connection to a server, on one event loop: the handshake, and then frames both ways.
package final class ClientChannel<Delegate: ClientChannelDelegate>: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let key: APIKey
    private let name: String
    private let usesTLS: Bool
    private weak var delegate: Delegate?
    private var handshake: ClientHandshake?
    private var context: ChannelHandlerContext?
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()
    private var bodyBytesMax = 4_096
    private var problem: ClientError?

    package init(key: APIKey, name: String, usesTLS: Bool, delegate: Delegate) {
        (self.key, self.name, self.usesTLS, self.delegate) = (key, name, usesTLS, delegate)
    }

    // MARK: The channel's life

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func channelActive(context: ChannelHandlerContext) {
        if !usesTLS { begin(certificate: []) }
    }

    /// With TLS the handshake is over the certificate that was seen.
    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else { return }
        do {
            let handler = try context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
            guard let certificate = handler.peerCertificate else {
                return fail(.untrusted("the server showed no certificate"))
            }
            begin(certificate: Scram.sha256(try certificate.toDERBytes()))
        } catch { fail(.untrusted("\(error)")) }
    }

    private func begin(certificate: [UInt8]) {
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<Scram.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        var out = WireBuffer()
        handshake = ClientHandshake(key, nonce: nonce, name: name, certificate: certificate, out: &out)
        send(out)
        flush()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        delegate?.ended(problem ?? .unreachable("the server closed the connection"))
        delegate = nil
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.unreachable("\(error)"))
    }

    private func fail(_ error: ClientError) {
        if problem == nil { problem = error }
        context?.close(promise: nil)
    }

    // MARK: Frames

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            take(&bytes)
            if bytes.readableBytes > 0 { incoming = bytes }
        } else {
            incoming.writeBuffer(&bytes)
            take(&incoming)
            incoming.discardReadBytes()
        }
    }

    private func take(_ bytes: inout ByteBuffer) {
        while problem == nil {
            let taken = unsafe bytes.withUnsafeReadableBytes { readable in
                // SAFETY: the span does not leave the closure.
                unsafe takeFrame(RawSpan(_unsafeBytes: readable))
            }
            if taken == 0 { return }
            bytes.moveReaderIndex(forwardBy: taken)
        }
    }

    private func takeFrame(_ bytes: RawSpan) -> Int {
        do throws(FrameError) {
            guard case .whole(let header) = try FrameScan.first(in: bytes, lengthMax: bodyBytesMax) else {
                return 0
            }
            let end = MessageHeader.byteCount + Int(header.length)
            let body = bytes.extracting(MessageHeader.byteCount..<end)
            if handshake != nil { shake(header, body) } else { delegate?.received(header, body) }
            return end
        } catch {
            fail(.malformedAnswer("\(error)"))
            return 0
        }
    }

    private func shake(_ header: MessageHeader, _ body: RawSpan) {
        var out = WireBuffer()
        do throws(ClientError) {
            let agreed = try handshake?.receive(header, body, out: &out)
            send(out)
            flush()
            guard let (challenge, session) = agreed else { return }
            handshake = nil
            // A server's own frames may be longer than what it takes: events come in runs.
            bodyBytesMax = max(Int(challenge.limits.bodyBytesMax), Self.answerBytesMax)
            delegate?.isReady(challenge, session)
        } catch { fail(error) }
    }

    /// The longest answer that is believed.
    private static var answerBytesMax: Int { 4 << 20 }

    /// Puts frames that leave with the next flush.
    package func send(_ frames: borrowing WireBuffer) {
        frames.withBytes(0..<frames.count) { bytes in
            // SAFETY: the bytes are copied while they are borrowed.
            unsafe bytes.withUnsafeBytes { _ = unsafe outgoing.writeBytes($0) }
        }
    }

    package func flush() {
        guard let context, outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        outgoing.clear()
    }

    /// Whether the server takes what is sent as fast as it is sent.
    package var isWritable: Bool { context?.channel.isWritable ?? false }

    package func close() { context?.close(promise: nil) }
}
