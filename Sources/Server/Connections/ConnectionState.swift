package import Ledger
package import Projections
package import Protocol

/// One connection, from its first byte to its last: what a frame of it means, and what is to be done. No
/// socket, no clock; whoever has those calls it with what came in and does what it says.
package struct ConnectionState: Sendable {
    private enum Phase {
        case handshake(ServerHandshake)
        case ready(Asker)
        /// It said goodbye, or the server stops: what is in flight is answered yet.
        case leaving(Asker)
        case ended
    }

    private let limits: ConnectionLimits
    private var phase: Phase
    /// Requests that wait for their answers.
    package private(set) var inFlight = 0

    /// - Parameter nonce: 32 random bytes, never used again.
    package init(_ identity: ServerIdentity, nonce: [UInt8]) {
        limits = identity.limits
        phase = .handshake(ServerHandshake(identity, nonce: nonce))
    }

    /// Who asks; nil before the end of the handshake, and after the end of the connection.
    package var asker: Asker? {
        switch phase {
        case .ready(let asker), .leaving(let asker): asker
        case .handshake, .ended: nil
        }
    }

    /// The longest body that may come next.
    package var bodyBytesMax: Int {
        if case .handshake = phase { Self.handshakeBytesMax } else { Int(limits.bodyBytesMax) }
    }

    /// Until somebody is known, little is read.
    package static var handshakeBytesMax: Int { 4_096 }

    /// Whether it may be closed: it is leaving, and nothing is in flight any more.
    package var isDone: Bool {
        switch phase {
        case .leaving: inFlight == 0
        case .ended: true
        case .handshake, .ready: false
        }
    }

    // MARK: What comes in

    /// Takes a whole frame.
    ///
    /// - Parameter answer: gets what can be answered at once.
    package mutating func receive(
        _ header: MessageHeader, _ body: RawSpan, answer: inout WireBuffer
    ) -> ConnectionStep {
        switch phase {
        case .handshake(var handshake):
            do throws(HandshakeFailure) {
                let key = try handshake.receive(header, body, answer: &answer)
                phase = .handshake(handshake)
                return key.map { .findKey($0) } ?? .proceed
            } catch { return end(error.failure, request: header.request, &answer) }
        case .ready(let asker): return take(header, body, asker, isLeaving: false, &answer)
        case .leaving(let asker): return take(header, body, asker, isLeaving: true, &answer)
        case .ended: return .close
        }
    }

    /// Takes bytes that are no frame.
    package mutating func receive(_ error: FrameError, answer: inout WireBuffer) -> ConnectionStep {
        let code: FailureCode =
            switch error {
            case .headerDamaged, .bodyDamaged, .unknownFlags: .malformedFrame
            case .tooLong: .frameTooLong
            case .unknownType: .unknownMessage
            }
        return end(Failure(code, "\(error)"), request: error.request, &answer)
    }

    private mutating func take(
        _ header: MessageHeader, _ body: RawSpan, _ asker: Asker, isLeaving: Bool,
        _ answer: inout WireBuffer
    ) -> ConnectionStep {
        switch header.type {
        case .ping:
            let start = answer.beginFrame()
            answer.put(body)
            answer.endFrame(start, .pong, request: header.request)
            return .proceed
        case .goodbye:
            phase = .leaving(asker)
            return isDone ? .close : .proceed
        case .commands, .query:
            return takeRequest(header, body, asker, isLeaving: isLeaving, &answer)
        case .subscribe: return takeSubscribe(header, body, asker, isLeaving: isLeaving, &answer)
        case .credit: return takeCredit(header, body, &answer)
        case .unsubscribe: return .unsubscribe
        default:
            let failure = Failure(.outOfTurn, "\(header.type) is not for a client to say now")
            return end(failure, request: header.request, &answer)
        }
    }

    private func takeSubscribe(
        _ header: MessageHeader, _ body: RawSpan, _ asker: Asker, isLeaving: Bool,
        _ answer: inout WireBuffer
    ) -> ConnectionStep {
        if isLeaving { return refuse(.draining, "the server is about to stop", header, &answer) }
        do throws(WireError) { return .subscribe(try Subscribe(reading: body), by: asker) } catch {
            return refuse(.malformedRequest, "\(error)", header, &answer)
        }
    }

    private func takeCredit(
        _ header: MessageHeader, _ body: RawSpan, _ answer: inout WireBuffer
    ) -> ConnectionStep {
        var cursor = WireCursor(body)
        do throws(WireError) {
            let events = try cursor.u32("credit")
            try cursor.expectEnd()
            return .credit(events)
        } catch { return refuse(.malformedRequest, "\(error)", header, &answer) }
    }

    private mutating func takeRequest(
        _ header: MessageHeader, _ body: RawSpan, _ asker: Asker, isLeaving: Bool,
        _ answer: inout WireBuffer
    ) -> ConnectionStep {
        guard inFlight < Int(limits.requestsMax) else {
            let failure = Failure(.tooManyRequests, "at most \(limits.requestsMax) may be in flight")
            return end(failure, request: header.request, &answer)
        }
        if isLeaving { return refuse(.draining, "the server is about to stop", header, &answer) }
        var (offset, correlation) = (0, Hash128.none)
        if header.flags.contains(.traced) {
            var cursor = WireCursor(body)
            do throws(WireError) { correlation = try TraceContext(reading: &cursor).trace } catch {
                return refuse(.malformedRequest, "\(error)", header, &answer)
            }
            offset = TraceContext.byteCount
        }
        return .offer(
            header.type == .query ? .query : .commands, key: asker.key, correlation: correlation,
            bodyOffset: offset)
    }

    /// The request that `receive` said to offer was taken; its answer will come.
    package mutating func requestWasTaken() { inFlight += 1 }

    /// The request that `receive` said to offer found no room.
    package mutating func requestFoundNoRoom(_ header: MessageHeader, answer: inout WireBuffer) {
        _ = refuse(.busy, "too much waits to be decided", header, &answer, retryMilliseconds: 20)
    }

    // MARK: What goes out

    /// Answers to requests leave; true if the connection is done with them.
    package mutating func answersLeave(_ count: Int) -> Bool {
        inFlight -= count
        return isDone
    }

    /// Ends the handshake with what was found under the name of the key.
    ///
    /// - Parameter position: of the next event, as who asks sees it.
    package mutating func keyWasFound(
        _ key: APIKeyView?, position: (Asker) -> UInt64, answer: inout WireBuffer
    ) -> ConnectionStep {
        guard case .handshake(var handshake) = phase else { return .proceed }
        do throws(HandshakeFailure) {
            phase = .ready(try handshake.finish(key, position: position, answer: &answer))
            return .proceed
        } catch { return end(error.failure, request: 0, &answer) }
    }

    /// The server is about to stop; true if nothing is in flight.
    package mutating func drain(answer: inout WireBuffer) -> Bool {
        switch phase {
        case .ready(let asker):
            phase = .leaving(asker)
            answer.putFrame(.draining, request: 0)
        case .handshake: phase = .ended
        case .leaving, .ended: break
        }
        return isDone
    }

    /// The connection has to end, for a reason that is told.
    package mutating func end(
        _ failure: Failure, request: UInt64 = 0, _ answer: inout WireBuffer
    ) -> ConnectionStep {
        phase = .ended
        Self.put(failure, request, &answer)
        return .close
    }

    private func refuse(
        _ code: FailureCode, _ text: String, _ header: MessageHeader, _ answer: inout WireBuffer,
        retryMilliseconds: UInt32 = 0
    ) -> ConnectionStep {
        Self.put(Failure(code, text, retryMilliseconds: retryMilliseconds), header.request, &answer)
        return .proceed
    }

    private static func put(_ failure: Failure, _ request: UInt64, _ answer: inout WireBuffer) {
        let start = answer.beginFrame()
        failure.write(to: &answer)
        answer.endFrame(start, .failure, request: request)
    }
}

/// What is to be done after a frame.
package enum ConnectionStep: Equatable, Sendable {
    /// Nothing but to send the answer, if there is one.
    case proceed
    /// To offer the body, from an offset on, to the inbox, and to say what became of it.
    case offer(InboxRequest.Kind, key: APIKeyID, correlation: Hash128, bodyOffset: Int)
    /// To begin a subscription named after the request, to give it credit, to end it.
    case subscribe(Subscribe, by: Asker)
    case credit(UInt32)
    case unsubscribe
    /// To have the ledger look for the key with this name.
    case findKey(Hash128)
    /// To send the answer and close.
    case close
}
