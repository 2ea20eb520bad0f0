import LogStore
import Testing

/// Every combination of what recovery can know about the end of a file: 3 successors × 3 strengths of
/// evidence × 2^5 flags. The rules are stated one by one, not as the order the code tries them in.
@Suite struct TailVerdictTests {
    private static let next: UInt64 = 100

    private static let all: [TailFacts] = {
        let successors: [TailFacts.Successor?] = [nil, .continues, .contradicts(firstSequence: 120)]
        return successors.flatMap { successor in
            [UInt64(0), 100, 130].flatMap { proven in
                (0..<32).map { flags in
                    var facts = TailFacts(nextSequence: next, provenEnd: proven)
                    facts.successor = successor
                    facts.hasLaterHeader = flags & 1 != 0
                    facts.isRestZero = flags & 2 != 0
                    facts.isRestWithinFrame = flags & 4 != 0
                    facts.isFileComplete = flags & 8 != 0
                    facts.isCutAccepted = flags & 16 != 0
                    return facts
                }
            }
        }
    }()

    private static var newest: [TailFacts] { all.filter { $0.successor == nil } }

    @Test func `the space is exhausted`() { #expect(Self.all.count == 288) }

    @Test func `events proved durable and not readable are damage, whatever else is known`() {
        for facts in Self.newest where facts.provenEnd > Self.next {
            guard case .corruptCommitted(let lost, _) = TailVerdict(facts) else {
                Issue.record("\(facts)")
                continue
            }
            #expect(lost == Self.next..<facts.provenEnd)
        }
    }

    @Test func `nothing is cut unless it lies in one frame with nothing behind it, or an operator says so`() {
        for facts in Self.all where TailVerdict(facts) == .tornTail {
            #expect(facts.successor == nil && facts.provenEnd <= Self.next)
            let isTorn =
                !facts.hasLaterHeader && facts.isFileComplete && facts.isRestWithinFrame && !facts.isRestZero
            #expect(isTorn || facts.isCutAccepted)
        }
    }

    @Test func `the end is clean only where every byte behind it is zero`() {
        for facts in Self.all where TailVerdict(facts) == .cleanEnd {
            #expect(facts.isRestZero && facts.isFileComplete && !facts.hasLaterHeader)
            #expect(facts.successor == nil && facts.provenEnd <= Self.next)
        }
    }

    @Test func `doubt is never resolved by cutting`() {
        for facts in Self.newest where facts.provenEnd <= Self.next && !facts.isCutAccepted {
            let isDoubtful =
                facts.hasLaterHeader || !facts.isFileComplete
                || !(facts.isRestZero || facts.isRestWithinFrame)
            if isDoubtful {
                guard case .ambiguous = TailVerdict(facts) else {
                    Issue.record("\(facts)")
                    continue
                }
            }
        }
    }

    @Test func `a file with a successor is judged by the successor alone`() {
        for facts in Self.all {
            switch facts.successor {
            case .continues: #expect(TailVerdict(facts) == .continued)
            case .contradicts(let first):
                guard case .corruptCommitted(let lost, _) = TailVerdict(facts) else {
                    Issue.record("\(facts)")
                    continue
                }
                #expect(lost == Self.next..<first)
            case nil: break
            }
        }
    }
}
