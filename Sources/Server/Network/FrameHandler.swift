internal import NIOCore
internal import Protocol

/// The socket of one connection, on its event loop: carries bytes to and from a `Connection`.
final class FrameHandler<Loop: ConnectionLoop>: ChannelInboundHandler, ConnectionCarrier {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let loop: Loop
    private var connection: Connection<Loop.Taker>?
    private var context: ChannelHandlerContext?
    /// Bytes of a frame that is not whole yet.
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()
    private var isFlushWanted = false
    private var isFinishing = false

    init(_ loop: Loop) { self.loop = loop }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        connection = loop.open()
        connection?.carrier = self
        if connection == nil { turnAway(context) }
    }

    private func turnAway(_ context: ChannelHandlerContext) {
        var frame = WireBuffer(capacity: 256)
        let start = frame.beginFrame()
        Failure(
            .tooManyConnections, "there are as many connections as there may be", retryMilliseconds: 1_000
        ).write(to: &frame)
        frame.endFrame(start, .failure, request: 0)
        outgoing.write(frame)
        finish()
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let connection { loop.closed(connection.id) }
        (connection, self.context) = (nil, nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// While a client does not read its answers, nothing more is read of its requests.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        connection?.carrierIsWritable(isWritable)
        if isWritable, let connection { loop.hasRoom(connection.id) }
        _ = context.channel.setOption(.autoRead, value: isWritable)
    }

    // MARK: What comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection, !isFinishing else { return }
        var bytes = unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            take(&bytes, connection)
            if bytes.readableBytes > 0 { incoming = bytes }
        } else {
            incoming.writeBuffer(&bytes)
            take(&incoming, connection)
            incoming.discardReadBytes()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { loop.readComplete() }

    /// Takes the whole frames at the beginning of `bytes`.
    private func take(_ bytes: inout ByteBuffer, _ connection: Connection<Loop.Taker>) {
        while bytes.readableBytes > 0 {
            let taken = unsafe bytes.withUnsafeReadableBytes { readable in
                // SAFETY: the span does not leave the closure.
                unsafe connection.takeFrame(RawSpan(_unsafeBytes: readable))
            }
            if taken == 0 { return }
            bytes.moveReaderIndex(forwardBy: taken)
        }
    }

    // MARK: What goes out

    func hasOutput() {
        if isFlushWanted { return }
        isFlushWanted = true
        loop.hasOutput(self)
    }

    /// Lets what was put leave.
    func flush() {
        isFlushWanted = false
        guard let context else { return }
        if let connection, connection.output.count > 0 {
            outgoing.write(connection.output)
            connection.output.removeAll()
        }
        if outgoing.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
            outgoing.clear()
        }
        if isFinishing { closeBehind(context) }
    }

    func finish() {
        if isFinishing { return }
        isFinishing = true
        hasOutput()
    }

    /// The peer sees the last bytes, then the end.
    private func closeBehind(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    func abort() { context?.close(promise: nil) }

    var id: ConnectionID? { connection?.id }

    /// Whether the socket takes what it is given.
    var isWritable: Bool { context?.channel.isWritable ?? true }
}

/// What the sockets of a loop share.
protocol ConnectionLoop: AnyObject {
    associatedtype Taker: RequestTaker

    /// Nil if there are too many connections.
    func open() -> Connection<Taker>?
    func closed(_ id: ConnectionID)
    /// A socket that took no more takes more again.
    func hasRoom(_ id: ConnectionID)
    /// All that there was to read of a socket was read.
    func readComplete()
    /// Something leaves with the loop's next flush.
    func hasOutput(_ handler: FrameHandler<Self>)
}

extension ByteBuffer {
    fileprivate mutating func write(_ frames: borrowing WireBuffer) {
        reserveCapacity(minimumWritableBytes: frames.count)
        frames.withBytes(0..<frames.count) { bytes in
            // SAFETY: the bytes are copied while they are borrowed.
            unsafe bytes.withUnsafeBytes { _ = unsafe writeBytes($0) }
        }
    }
}
