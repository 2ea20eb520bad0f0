internal import Ledger
internal import NIOCore
internal import Protocol
internal import Synchronization

/// What a client does with what it was asked for: gathers commands into frames, sends those again whose
/// answer was lost, gives answers back, and keeps subscriptions over connections. On one event loop; sockets
/// are `connect`'s affair.
///
///     add … add ─▶ waiting ─▶ a frame as large as what has gathered ─▶ in flight ─▶ answers
///                     ▲                                                   │
///                     └──────── busy, or the connection broke ────────────┘
///
/// A few frames are in flight at a time; what comes meanwhile gathers. So the load makes the frames, there is
/// no timer to tune.
final class ClientCore: ClientChannelDelegate, @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: everything but `session` is touched on `loop` alone.
    private let loop: any EventLoop
    private let connect: (ClientCore) -> Void
    private let lastSession = Mutex<ClientSession?>(nil)
    private var channel: ClientChannel<ClientCore>?
    private var isReady = false
    private var isClosed = false
    private var limits = ConnectionLimits()
    private var commands = RequestLine<WaitingRequest>()
    private var queries = RequestLine<WaitingQuery>()
    private var subscriptions: [ClientSubscription] = []
    private var nextRequest: UInt64 = 1
    private var isSendScheduled = false
    /// The server asked for patience: nothing is sent before.
    private var restsUntil: UInt64 = 0
    /// Connections in a row that came to nothing.
    private var failures = 0
    private var heardAt: UInt64 = 0
    private var whenReady: [EventLoopPromise<Void>] = []
    private var out = WireBuffer(capacity: 64 << 10)

    /// Frames of commands in flight: while the answer of one is on its way, the next are being decided and
    /// filled.
    private static var framesMax: Int { 4 }
    /// Queries in flight.
    private static var queriesMax: Int { 64 }
    /// Bytes of commands of a frame; far below what a server takes.
    private static var frameBytes: Int { 512 << 10 }
    /// A server that says nothing for so long, though it is asked, is gone; nanoseconds.
    private static var silenceMax: UInt64 { 30_000_000_000 }

    init(on loop: any EventLoop, connect: @escaping (ClientCore) -> Void) {
        (self.loop, self.connect) = (loop, connect)
    }

    var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// What the server said last; nil before the first connection. Any thread.
    var session: ClientSession? { lastSession.withLock { $0 } }

    // MARK: What is asked for

    func add(_ request: WaitingRequest) {
        if isClosed { return request.fail(.closed) }
        commands.add(request)
        scheduleSend()
    }

    func add(_ query: WaitingQuery) {
        if isClosed { return query.fail(.closed) }
        queries.add(query)
        scheduleSend()
    }

    func add(_ subscription: ClientSubscription) {
        if isClosed { return subscription.end(.closed) }
        subscriptions.append(subscription)
        if isReady { begin(subscription) }
        scheduleSend()
    }

    /// Whoever wanted the events does not want them any more.
    func remove(_ subscription: ClientSubscription) {
        subscriptions.removeAll { $0 === subscription }
        guard let request = subscription.request else { return }
        out.putFrame(.unsubscribe, request: request)
        scheduleSend()
    }

    /// Events of a subscription were worked off.
    func consumed(_ count: UInt32, of subscription: ClientSubscription) {
        guard let credit = subscription.consumed(count), let request = subscription.request else { return }
        let start = out.beginFrame()
        out.put(credit)
        out.endFrame(start, .credit, request: request)
        scheduleSend()
    }

    // MARK: Sending

    /// Behind everything that is added in this round of the loop.
    private func scheduleSend() {
        if isSendScheduled { return }
        isSendScheduled = true
        loop.assumeIsolated().execute { [self] in
            isSendScheduled = false
            send()
        }
    }

    private func send() {
        guard isReady, let channel else { return }
        if restsUntil <= now {
            while commands.next != nil, commands.inFlightCount < Self.framesMax, channel.isWritable {
                putCommands()
            }
            while commands.inFlightCount + queries.inFlightCount < Int(limits.requestsMax),
                queries.inFlightCount < Self.queriesMax, channel.isWritable, let query = queries.takeNext()
            {
                put(query)
            }
        }
        channel.send(out)
        out.removeAll()
        channel.flush()
    }

    /// Puts what has gathered into one frame, or a request that is all or nothing.
    private func putCommands() {
        guard let head = commands.takeNext() else { return }
        var requests = [head]
        var (count, bytes) = (head.count, head.commands.count)
        while !head.isAtomic, let next = commands.next, !next.isAtomic,
            count + next.count <= Int(limits.commandsMax), bytes + next.commands.count <= Self.frameBytes
        {
            _ = commands.takeNext()
            requests.append(next)
            count += next.count
            bytes += next.commands.count
        }
        let start = out.beginFrame()
        CommandsRequest.writeHead(isAtomic: head.isAtomic, key: head.key, count: count, to: &out)
        for request in requests { out.put(request.commands) }
        commands.sent(requests, as: endRequest(start, .commands))
    }

    private func put(_ query: WaitingQuery) {
        let start = out.beginFrame()
        out.put(query.body)
        queries.sent([query], as: endRequest(start, .query))
    }

    private func begin(_ subscription: ClientSubscription) {
        let start = out.beginFrame()
        subscription.begin().write(to: &out)
        subscription.request = endRequest(start, .subscribe)
    }

    private func endRequest(_ start: Int, _ type: MessageType) -> UInt64 {
        let request = nextRequest
        nextRequest += 1
        out.endFrame(start, type, request: request)
        return request
    }

    // MARK: Answers

    func received(_ header: MessageHeader, _ body: RawSpan) {
        heardAt = now
        if let requests = commands.answered(header.request) {
            answered(header.type, body, requests)
        } else if let query = queries.answered(header.request)?.first {
            answered(header.type, body, query)
        } else if let index = subscriptions.firstIndex(where: { $0.request == header.request }) {
            told(header.type, body, index)
        }
        scheduleSend()
    }

    private func answered(_ type: MessageType, _ body: RawSpan, _ requests: [WaitingRequest]) {
        do throws(WireError) {
            switch type {
            case .results: try WaitingRequest.giveBack(body, to: requests)
            case .failure: failed(try Failure(reading: body), requests)
            default: throw WireError("type", "is no answer to commands")
            }
        } catch {
            for request in requests { request.fail(.malformedAnswer("\(error)")) }
        }
    }

    private func answered(_ type: MessageType, _ body: RawSpan, _ query: WaitingQuery) {
        do throws(WireError) {
            switch type {
            case .answer: query.succeed(body.copied)
            case .failure:
                let failure = try Failure(reading: body)
                let error = ClientError.failed(ClientError.Reason(failure))
                guard rest(failure) else { return query.fail(error) }
                queries.putBack([query], at: restsUntil, otherwise: error)
            default: throw WireError("type", "is no answer to a query")
            }
        } catch { query.fail(.malformedAnswer("\(error)")) }
    }

    /// The server did not look at the commands, and said why.
    private func failed(_ failure: Failure, _ requests: [WaitingRequest]) {
        let error = ClientError.failed(ClientError.Reason(failure))
        if rest(failure) { return commands.putBack(requests, at: restsUntil, otherwise: error) }
        let isOfOne = failure.code == .malformedRequest || failure.code == .forbidden
        guard isOfOne, requests.count > 1, failure.index != Failure.noIndex else {
            for request in requests { request.fail(error) }
            return
        }
        // One of those that travelled together is wrong: it gets the error, the others go again.
        var (others, start) = ([WaitingRequest](), 0)
        for request in requests {
            let isWrong = (start..<start + request.count).contains(Int(failure.index))
            start += request.count
            if isWrong { request.fail(error) } else { others.append(request) }
        }
        commands.putBack(others, at: now, otherwise: error)
    }

    /// Whether the failure only asks for patience: then nothing was done, asking again is safe whether or not
    /// there is a key, and nothing is sent for so long.
    private func rest(_ failure: Failure) -> Bool {
        guard failure.code == .busy || failure.code == .draining else { return false }
        // One that stops is soon gone: the next connection is what to wait for.
        let milliseconds = max(failure.retryMilliseconds, failure.code == .draining ? 50 : 1)
        restsUntil = max(restsUntil, now + UInt64(milliseconds) * 1_000_000)
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds) + 1)) { [self] in send() }
        return true
    }

    /// A subscription heard something.
    private func told(_ type: MessageType, _ body: RawSpan, _ index: Int) {
        let subscription = subscriptions[index]
        do throws(ClientError) {
            if try subscription.receive(type, body) { return }
        } catch { subscription.end(error) }
        remove(subscription)
    }

    // MARK: The connection

    /// Connects; done when commands may be sent.
    func start(_ ready: EventLoopPromise<Void>) {
        whenReady.append(ready)
        connect(self)
    }

    func connected(_ channel: ClientChannel<ClientCore>) { self.channel = channel }

    func isReady(_ challenge: Challenge, _ session: Session) {
        if let known = self.session, known.ledger != challenge.ledger { return close(.ledgerForked) }
        lastSession.withLock { $0 = ClientSession(challenge, session) }
        limits = challenge.limits
        (isReady, failures, restsUntil, heardAt) = (true, 0, 0, now)
        for subscription in subscriptions { begin(subscription) }
        for promise in whenReady { promise.succeed() }
        whenReady = []
        send()
        keepAlive()
    }

    /// Says something now and then, so that the server does not take the client for gone, and hears whether
    /// the server is.
    private func keepAlive() {
        guard let channel, isReady else { return }
        let milliseconds = min(10_000, Int64(limits.idleMilliseconds) / 3)
        loop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { [self] in
            guard self.channel === channel, isReady else { return }
            if now - heardAt > Self.silenceMax { return channel.close() }
            out.putFrame(.ping, request: nextRequest)
            nextRequest += 1
            send()
            keepAlive()
        }
    }

    func ended(_ error: ClientError) {
        (isReady, channel) = (false, nil)
        out.removeAll()
        for subscription in subscriptions { subscription.request = nil }
        if isClosed { return }
        commands.loseConnection(at: now, error)
        queries.loseConnection(at: now, error)
        for promise in whenReady { promise.fail(error) }
        if !whenReady.isEmpty {
            whenReady = []
            return close(error)
        }
        if case .failed(let reason) = error, reason.failure.code == .unauthorized { return close(error) }
        reconnect()
    }

    /// Soon, then less and less often: 10 ms, 20 ms … 1 s.
    private func reconnect() {
        let milliseconds = min(1_000, 10 << min(failures, 7))
        failures += 1
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) { [self] in
            if !isClosed { connect(self) }
        }
    }

    /// Ends the client; what waits gets `error`.
    func close(_ error: ClientError) {
        if isClosed { return }
        isClosed = true
        commands.end(error)
        queries.end(error)
        for subscription in subscriptions { subscription.end(error) }
        subscriptions = []
        channel?.close()
    }
}

extension WaitingRequest {
    /// Gives each request its part of the results.
    fileprivate static func giveBack(_ body: RawSpan, to requests: [WaitingRequest]) throws(WireError) {
        var cursor = WireCursor(body)
        let (count, _) = try ResultsHead.read(&cursor)
        let asked = requests.reduce(0) { $0 + $1.count }
        let isWhole = requests[0].isAtomic && count == 1
        guard count == asked || isWhole else { throw WireError("count", "is \(count), not \(asked)") }
        var results: [CommandResult] = []
        for _ in 0..<count { results.append(try CommandResult(reading: &cursor)) }
        try cursor.expectEnd()
        if isWhole { return requests[0].succeed(results) }
        var start = 0
        for request in requests {
            request.succeed(Array(results[start..<start + request.count]))
            start += request.count
        }
    }
}

extension RawSpan {
    /// The bytes, copied.
    var copied: [UInt8] {
        // SAFETY: the span is borrowed for the copy.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
