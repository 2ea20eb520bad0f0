internal import Ledger
internal import Protocol

/// A client that tells a story: one command at a time, each asked again on a new connection until it is
/// answered.
final class SimulatedClient: SimulatedPeer {
    let line: SimulatedLine
    private(set) var story: PaymentStory
    /// What was asked and is not answered.
    private var asked: PaymentStory.Step?
    /// Of `asked`, on this connection; nil if it is to be asked again.
    private var request: UInt64?
    private(set) var answers = 0

    init(_ line: SimulatedLine, _ story: PaymentStory) { (self.line, self.story) = (line, story) }

    func isContent(_ known: KnownLog) -> Bool { asked == nil }
    func connectionWasLost() { request = nil }

    /// Asks for what was not answered, or for the next thing.
    func act(_ known: KnownLog) {
        if request != nil { return }
        let step = asked ?? story.next()
        asked = step
        let key = Array(step.key.utf8)
        request = line.send(.commands) { out in
            CommandsRequest.writeHead(isAtomic: false, count: 1, to: &out)
            // SAFETY: `bytes` is unsafe only for element types with padding; UInt8 has none.
            CommandsRequest.put(step.command, key: unsafe key.span.bytes, names: .asShown, to: &out)
        }
    }

    func take(_ header: MessageHeader, _ body: RawSpan, _ known: KnownLog) -> String? {
        guard header.request == request, let step = asked else {
            return "\(header.type) of request \(header.request), which was not asked"
        }
        switch header.type {
        case .failure:
            // Busy is no answer: the same is asked again.
            request = nil
            return line.isBusy(body) ? nil : "\(step.key) failed"
        case .results: return takeResult(body, of: step)
        default: return "\(header.type) for \(step.key)"
        }
    }

    private func takeResult(_ body: RawSpan, of step: PaymentStory.Step) -> String? {
        var cursor = WireCursor(body)
        do throws(WireError) {
            _ = try ResultsHead.read(&cursor)
            let result = try CommandResult(reading: &cursor)
            (asked, request) = (nil, nil)
            answers += 1
            return story.answered(step, result)
        } catch { return "the server sent no result: \(error)" }
    }
}
