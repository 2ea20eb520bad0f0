internal import NIOCore
internal import Protocol

/// What connections of a loop share: where their requests go.
protocol ConnectionHost: AnyObject {
    /// Nil if there are too many connections.
    func opened(_ connection: FrameHandler<Self>) -> ConnectionID?
    func closed(_ id: ConnectionID)
    /// Offers a request to the inbox; false if there is no room.
    func offer(_ request: InboxRequest, body: RawSpan) -> Bool
    /// Bytes were put that leave with the next flush of the loop.
    func hasOutput(_ connection: FrameHandler<Self>)
    var identity: ServerIdentity { get }
    func makeNonce() -> [UInt8]
    /// Coarse time, for idle connections: nanoseconds of a clock that never goes back.
    var coarseTime: UInt64 { get }
}

/// The socket of one connection: bytes to frames, frames to `ConnectionState`, and what that says to do.
/// Lives on one event loop.
final class FrameHandler<Host: ConnectionHost>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let host: Host
    private(set) var state: ConnectionState
    private var id: ConnectionID?
    private var context: ChannelHandlerContext?
    /// Bytes of a frame that is not whole yet.
    private var incoming = ByteBuffer()
    /// Bytes that leave with the next flush.
    private var outgoing = ByteBuffer()
    private var answer = WireBuffer(capacity: 256)
    private var isFlushWanted = false
    private var isClosing = false
    /// When a whole frame came last.
    private(set) var heardAt: UInt64
    /// Since when the socket takes no more; nil while it does.
    private(set) var stuckSince: UInt64?

    init(host: Host) {
        self.host = host
        state = ConnectionState(host.identity, nonce: host.makeNonce())
        heardAt = host.coarseTime
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        guard let id = host.opened(self) else {
            let failure = Failure(
                .tooManyConnections, "there are as many connections as there may be",
                retryMilliseconds: 1_000)
            return finish(state.end(failure, &answer))
        }
        self.id = id
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let id { host.closed(id) }
        id = nil
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// While a client does not read its answers, nothing more is read of its requests.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        stuckSince = isWritable ? nil : host.coarseTime
        _ = context.channel.setOption(.autoRead, value: isWritable)
    }

    // MARK: What comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isClosing { return }
        var bytes = unwrapInboundIn(data)
        if incoming.readableBytes == 0 {
            take(&bytes)
            if bytes.readableBytes > 0 && !isClosing { incoming = bytes }
        } else {
            incoming.writeBuffer(&bytes)
            take(&incoming)
            incoming.discardReadBytes()
        }
        flushAnswer()
    }

    /// Takes the whole frames at the beginning of `bytes`.
    private func take(_ bytes: inout ByteBuffer) {
        while !isClosing {
            let taken = unsafe bytes.withUnsafeReadableBytes { readable in
                // SAFETY: the span does not leave the closure.
                unsafe takeFrame(RawSpan(_unsafeBytes: readable))
            }
            if taken == 0 { return }
            bytes.moveReaderIndex(forwardBy: taken)
        }
    }

    /// Takes the frame at the beginning of some bytes; returns how many it has, 0 if it is not whole.
    private func takeFrame(_ bytes: RawSpan) -> Int {
        let header: MessageHeader
        do throws(FrameError) {
            switch try FrameScan.first(in: bytes, lengthMax: state.bodyBytesMax) {
            case .partial: return 0
            case .whole(let whole): header = whole
            }
        } catch {
            finish(state.receive(error, answer: &answer))
            return bytes.byteCount
        }
        heardAt = host.coarseTime
        let end = MessageHeader.byteCount + Int(header.length)
        let body = bytes.extracting(MessageHeader.byteCount..<end)
        perform(state.receive(header, body, answer: &answer), header, body)
        return end
    }

    private func perform(_ step: ConnectionStep, _ header: MessageHeader, _ body: RawSpan) {
        guard let id else { return }
        switch step {
        case .proceed: break
        case .offer(let kind, let key, let correlation, let offset):
            let request = InboxRequest(
                kind, from: id, request: header.request, key: key, correlation: correlation)
            if host.offer(request, body: body.extracting(offset..<body.byteCount)) {
                state.requestWasTaken()
            } else {
                state.requestFoundNoRoom(header, answer: &answer)
            }
        case .findKey(let name):
            let request = InboxRequest(.findKey, from: id, request: 0, correlation: name)
            if !host.offer(request, body: body.extracting(0..<0)) {
                let failure = Failure(.busy, "too much waits to be decided", retryMilliseconds: 100)
                finish(state.end(failure, &answer))
            }
        case .close: finish(step)
        }
    }

    // MARK: What goes out

    /// Answers to requests leave with the next flush.
    func send(_ frames: RawSpan, answers: Int) {
        put(frames)
        if state.answersLeave(answers) { close() }
    }

    /// What a handshake waited for was found, or not.
    func keyWasFound(_ found: ReplyTurn.FoundKey, names: (Asker) -> UInt64) {
        let step = state.keyWasFound(found.key, position: names, answer: &answer)
        if step == .close { finish(step) } else { flushAnswer() }
    }

    /// The server is about to stop.
    func drain() {
        let isDone = state.drain(answer: &answer)
        flushAnswer()
        if isDone { close() }
    }

    /// Ends the connection for a reason that is told.
    func end(_ failure: Failure) { finish(state.end(failure, &answer)) }

    private func finish(_ step: ConnectionStep) {
        flushAnswer()
        if step == .close { close() }
    }

    private func flushAnswer() {
        if answer.count == 0 { return }
        answer.withBytes(0..<answer.count) { put($0) }
        answer.removeAll()
    }

    private func put(_ bytes: RawSpan) {
        // SAFETY: the bytes are copied while they are borrowed.
        unsafe bytes.withUnsafeBytes { _ = unsafe outgoing.writeBytes($0) }
        if !isFlushWanted {
            isFlushWanted = true
            host.hasOutput(self)
        }
    }

    /// Lets what was put leave.
    func flush() {
        isFlushWanted = false
        guard let context, outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        outgoing.clear()
        if isClosing { closeNow() }
    }

    /// Closes once what was put has left.
    private func close() {
        if isClosing { return }
        isClosing = true
        if outgoing.readableBytes == 0 { closeNow() }
    }

    /// The peer sees the last bytes, then the end: NIO closes behind what is still to be written.
    private func closeNow() {
        guard let context else { return }
        let written = context.channel.writeAndFlush(ByteBuffer())
        written.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    /// Closes at once: there is no time left.
    func abort() { context?.close(promise: nil) }
}
