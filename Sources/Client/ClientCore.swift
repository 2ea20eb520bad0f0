internal import Ledger
internal import NIOCore
internal import Protocol

/// What a client does with the commands it was given: gathers them into frames, sends those again whose
/// answer was lost, and gives answers back. On one event loop; sockets are `connect`'s affair.
///
///     add … add ─▶ waiting ─▶ a frame as large as what has gathered ─▶ in flight ─▶ answers
///                     ▲                                                   │
///                     └──────── busy, or the connection broke ────────────┘
///
/// A few frames are in flight at a time; what comes meanwhile gathers. So the load makes the frames, there is
/// no timer to tune.
final class ClientCore: ClientChannelDelegate, @unchecked Sendable {
    // SAFETY of `@unchecked Sendable`: everything is touched on `loop` alone.
    private let loop: any EventLoop
    private let patience: UInt64
    private let connect: (ClientCore) -> Void
    private var channel: ClientChannel<ClientCore>?
    private var isReady = false
    private var isClosed = false
    private var limits = ConnectionLimits()
    private var ledger: Hash128?
    private var waiting: [WaitingRequest] = []
    /// Of `waiting`: those before it are gone.
    private var first = 0
    private var inFlight: [UInt64: [WaitingRequest]] = [:]
    private var nextRequest: UInt64 = 1
    private var isSendScheduled = false
    private var failures = 0
    private var whenReady: [EventLoopPromise<Void>] = []
    private var out = WireBuffer(capacity: 64 << 10)

    /// Frames in flight: while the answer of one is on its way, the next are being decided and filled.
    private static var framesMax: Int { 4 }
    /// Bytes of commands of a frame; far below what a server takes.
    private static var frameBytes: Int { 512 << 10 }

    init(on loop: any EventLoop, patience: UInt64, connect: @escaping (ClientCore) -> Void) {
        (self.loop, self.patience, self.connect) = (loop, patience, connect)
    }

    var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    // MARK: Commands

    func add(_ request: WaitingRequest) {
        if isClosed { return request.fail(.closed) }
        waiting.append(request)
        scheduleSend()
    }

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
        while first < waiting.count, inFlight.count < Self.framesMax, channel.isWritable { putFrame() }
        channel.send(out)
        out.removeAll()
        channel.flush()
    }

    /// Puts what has gathered into one frame, or a request that is all or nothing.
    private func putFrame() {
        var requests = [waiting[first]]
        first += 1
        var (count, bytes) = (requests[0].count, requests[0].commands.count)
        while first < waiting.count, !requests[0].isAtomic, !waiting[first].isAtomic,
            count + waiting[first].count <= Int(limits.commandsMax),
            bytes + waiting[first].commands.count <= Self.frameBytes
        {
            requests.append(waiting[first])
            count += waiting[first].count
            bytes += waiting[first].commands.count
            first += 1
        }
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        }
        let start = out.beginFrame()
        CommandsRequest.writeHead(
            isAtomic: requests[0].isAtomic, key: requests[0].key, count: count, to: &out)
        for request in requests { out.put(request.commands) }
        out.endFrame(start, .commands, request: nextRequest)
        inFlight[nextRequest] = requests
        nextRequest += 1
    }

    // MARK: Answers

    func received(_ header: MessageHeader, _ body: RawSpan) {
        guard header.type != .draining else { return }
        guard let requests = inFlight.removeValue(forKey: header.request) else { return }
        do throws(WireError) {
            switch header.type {
            case .results: try giveBack(body, to: requests)
            case .failure: failed(try Failure(reading: body), requests)
            default: throw WireError("type", "is no answer to commands")
            }
        } catch {
            for request in requests { request.fail(.malformedAnswer("\(error)")) }
        }
        scheduleSend()
    }

    private func giveBack(_ body: RawSpan, to requests: [WaitingRequest]) throws(WireError) {
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

    /// The server did not look at the commands, and said why.
    private func failed(_ failure: Failure, _ requests: [WaitingRequest]) {
        let error = ClientError.failed(ClientError.Reason(failure))
        switch failure.code {
        case .busy, .draining:
            // Nothing was done: asking again is safe whether or not there is a key.
            again(requests, in: max(failure.retryMilliseconds, 1), otherwise: error)
        case .malformedRequest,
            .forbidden where requests.count > 1 && failure.index != Failure.noIndex:
            // One of those that travelled together is wrong: it gets the error, the others go again.
            let wrong = Int(failure.index)
            var start = 0
            for request in requests {
                let isWrong = (start..<start + request.count).contains(wrong)
                start += request.count
                if isWrong { request.fail(error) } else { waiting.append(request) }
            }
        default: for request in requests { request.fail(error) }
        }
    }

    private func again(_ requests: [WaitingRequest], in milliseconds: UInt32, otherwise error: ClientError) {
        let time = now + UInt64(milliseconds) * 1_000_000
        for request in requests where request.deadline <= time { request.fail(error) }
        let patient = requests.filter { $0.deadline > time }
        if patient.isEmpty { return }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) { [self] in
            for request in patient { add(request) }
        }
    }

    // MARK: The connection

    /// Connects; done when commands may be sent.
    func start(_ ready: EventLoopPromise<Void>) {
        whenReady.append(ready)
        connect(self)
    }

    func connected(_ channel: ClientChannel<ClientCore>) { self.channel = channel }

    func isReady(_ challenge: Challenge, _ session: Session) {
        if let ledger, ledger != challenge.ledger { return forked() }
        ledger = challenge.ledger
        limits = challenge.limits
        (isReady, failures) = (true, 0)
        for promise in whenReady { promise.succeed() }
        whenReady = []
        send()
    }

    /// What was not answered belongs to the other ledger, and nobody knows what became of it.
    private func forked() {
        close(.ledgerForked)
    }

    func ended(_ error: ClientError) {
        (isReady, channel) = (false, nil)
        let lost = inFlight.sorted { $0.key < $1.key }.flatMap(\.value)
        inFlight = [:]
        if isClosed { return }
        for promise in whenReady { promise.fail(error) }
        if !whenReady.isEmpty {
            whenReady = []
            return close(error)
        }
        // Sent again before what waits, in the order it was sent.
        waiting = lost.filter { keep($0, error) } + waiting[first...].filter { keepUnsent($0, error) }
        first = 0
        if case .failed(let reason) = error, reason.failure.code == .unauthorized { return close(error) }
        reconnect()
    }

    private func keep(_ request: WaitingRequest, _ error: ClientError) -> Bool {
        if request.isRepeatable && request.deadline > now { return true }
        request.fail(.outcomeUnknown("\(error)"))
        return false
    }

    private func keepUnsent(_ request: WaitingRequest, _ error: ClientError) -> Bool {
        if request.deadline > now { return true }
        request.fail(error)
        return false
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
        let rest = inFlight.sorted { $0.key < $1.key }.flatMap(\.value)
        for request in rest { request.fail(.outcomeUnknown("\(error)")) }
        for request in waiting[first...] { request.fail(error) }
        (waiting, first, inFlight) = ([], 0, [:])
        channel?.close()
    }
}
