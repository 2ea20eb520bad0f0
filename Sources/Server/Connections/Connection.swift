package import Ledger
package import Protocol

/// What carries a connection's bytes: a socket, or a simulated one.
package protocol ConnectionCarrier: AnyObject {
    /// Bytes have been put to `Connection.output`: they leave with the next flush.
    func hasOutput()
    /// What has been put is to leave, and then nothing more comes or goes.
    func finish()
    /// Nothing more comes or goes, whatever has not left.
    func abort()
}

/// Where a connection's requests go.
package protocol RequestTaker: AnyObject {
    /// Takes a request; false if there is no room for it.
    func offer(_ request: InboxRequest, body: RawSpan) -> Bool
    /// Tells the feed of subscriptions something.
    func post(_ command: SubscriptionCommand)
    /// A clock that never goes back, nanoseconds, as coarse as may be.
    var coarseTime: UInt64 { get }
    /// Frames were said at once, to a connection whose handshake was over or not, and to a request of a trace
    /// or of none.
    func noteSaid(_ frames: RawSpan, to id: ConnectionID, wasKnown: Bool, trace: Hash128)
    /// A request with a trace context was taken.
    func noteTraced(_ header: MessageHeader, _ body: RawSpan, from id: ConnectionID)
}

/// One connection without its socket: bytes to frames, frames to `ConnectionState`, and what that says to do.
/// Used by one thread.
package final class Connection<Taker: RequestTaker> {
    package let id: ConnectionID
    package private(set) var state: ConnectionState
    /// Frames on their way out; whoever carries them empties it.
    package var output = WireBuffer(capacity: 256)
    package weak var carrier: (any ConnectionCarrier)?
    private unowned let taker: Taker
    /// Whether nothing more is to be read of it.
    package private(set) var isFinished = false
    /// When a whole frame came last.
    package private(set) var heardAt: UInt64
    /// Since when its carrier takes no more; nil while it does.
    package private(set) var stuckSince: UInt64?

    package init(_ id: ConnectionID, _ state: ConnectionState, taker: Taker) {
        (self.id, self.state, self.taker) = (id, state, taker)
        heardAt = taker.coarseTime
    }

    // MARK: What comes in

    /// Takes the frame at the beginning of some bytes; returns how many it has, 0 if it is not whole.
    package func takeFrame(_ bytes: RawSpan) -> Int {
        if isFinished { return bytes.byteCount }
        let header: MessageHeader
        do throws(FrameError) {
            switch try FrameScan.first(in: bytes, lengthMax: state.bodyBytesMax) {
            case .partial: return 0
            case .whole(let whole): header = whole
            }
        } catch {
            act { $0.receive(error, answer: &$1) }
            return bytes.byteCount
        }
        heardAt = taker.coarseTime
        let end = MessageHeader.byteCount + Int(header.length)
        let body = bytes.extracting(MessageHeader.byteCount..<end)
        let (before, wasKnown) = (output.count, state.asker != nil)
        let step = state.receive(header, body, answer: &output)
        perform(step, header, body)
        if output.count > before {
            noteSaid(from: before, wasKnown, header.flags.contains(.traced) ? Self.trace(body) : .none)
            carrier?.hasOutput()
        }
        return end
    }

    private func noteSaid(from before: Int, _ wasKnown: Bool, _ trace: Hash128) {
        output.withBytes(before..<output.count) {
            taker.noteSaid($0, to: id, wasKnown: wasKnown, trace: trace)
        }
    }

    private static func trace(_ body: RawSpan) -> Hash128 {
        var cursor = WireCursor(body)
        return (try? TraceContext(reading: &cursor))?.trace ?? .none
    }

    private func perform(_ step: ConnectionStep, _ header: MessageHeader, _ body: RawSpan) {
        switch step {
        case .proceed: break
        case .close: finish()
        case .offer(let kind, let key, let correlation, let offset):
            let request = InboxRequest(
                kind, from: id, request: header.request, key: key, correlation: correlation)
            if taker.offer(request, body: body.extracting(offset..<body.byteCount)) {
                state.requestWasTaken()
                if header.flags.contains(.traced) { taker.noteTraced(header, body, from: id) }
            } else {
                state.requestFoundNoRoom(header, answer: &output)
            }
        case .subscribe(let subscribe, let asker):
            let request = SubscriptionRequest(
                connection: id, request: header.request, subscribe, by: asker)
            taker.post(.subscribe(request))
        case .credit(let events):
            taker.post(.credit(connection: id, request: header.request, events: events))
        case .unsubscribe: taker.post(.unsubscribe(connection: id, request: header.request))
        case .findKey(let name):
            let request = InboxRequest(.findKey, from: id, request: 0, correlation: name)
            if !taker.offer(request, body: body.extracting(0..<0)) {
                end(Failure(.busy, "too much waits to be decided", retryMilliseconds: 100))
            }
        }
    }

    // MARK: What goes out

    /// Answers to requests.
    func send(_ frames: RawSpan, answers: Int) {
        output.put(frames)
        carrier?.hasOutput()
        if state.answersLeave(answers) { finish() }
    }

    /// Events, and what else a subscription has to say.
    func send(_ frames: RawSpan) {
        if isFinished { return }
        output.put(frames)
        carrier?.hasOutput()
    }

    /// What a handshake waited for was found, or not.
    func keyWasFound(_ found: ReplyTurn.FoundKey, position: (Asker) -> UInt64) {
        act { $0.keyWasFound(found.key, position: position, answer: &$1) }
    }

    /// The server is about to stop.
    func drain() { act { $0.drain(answer: &$1) ? .close : .proceed } }

    /// Ends the connection for a reason that is told.
    package func end(_ failure: Failure) { act { $0.end(failure, &$1) } }

    private func act(_ body: (inout ConnectionState, inout WireBuffer) -> ConnectionStep) {
        if isFinished { return }
        let (before, wasKnown) = (output.count, state.asker != nil)
        let step = body(&state, &output)
        if output.count > before { noteSaid(from: before, wasKnown, .none) }
        if output.count > 0 { carrier?.hasOutput() }
        if step == .close { finish() }
    }

    private func finish() {
        if isFinished { return }
        isFinished = true
        carrier?.finish()
    }

    /// The carrier takes more again, or not.
    package func carrierIsWritable(_ isWritable: Bool) {
        stuckSince = isWritable ? nil : taker.coarseTime
    }
}
