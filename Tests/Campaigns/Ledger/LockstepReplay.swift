import Ledger
import LedgerSpaces
import Projections

/// A ledger built from events alone, of which everything that must hold is looked at after every one of them:
/// also in the middle of a command, where no caller ever looks.
struct LockstepReplay: ~Copyable {
    private(set) var state: LedgerState
    /// Captures that took more than was authorized.
    private(set) var overcaptures = 0
    /// By merchant, the most that ever was allowed of it beyond an authorization.
    private var overcapture: [MerchantID: Rate] = [:]
    /// What payments hold, and all of them together.
    private var held: [PaymentID: Amount] = [:]
    private var heldSum: Int128 = 0
    /// Money put aside by the event before, whose exception is the next event.
    private var unexplained: Int128 = 0
    /// Whether nobody may take more than was authorized: a mistake, to see that it would be found.
    private let isNarrow: Bool

    init(shard: Shard, seed: UInt64, isNarrow: Bool) {
        state = LedgerState(shard: shard, seed: seed)
        self.isNarrow = isNarrow
    }

    /// Applies one event; what does not hold after it, in words.
    mutating func apply(_ event: Event) -> [String] {
        state.apply(event)
        let (merchant, payment) = (event.context.merchant, event.context.payment)
        let allowed = isNarrow ? .zero : state.overcapture(of: merchant)
        overcapture[merchant] = max(overcapture[merchant] ?? .zero, allowed)
        var found = state.brokenAccounts
        if !event.legs.isBalanced { found.append("legs do not sum to zero") }
        if !payment.isNone, let row = state.payments.find(payment.raw) {
            let now = state.payments[row].held
            heldSum += Int128(now.minorUnits) - Int128(held[payment]?.minorUnits ?? 0)
            held[payment] = now
            found += state.brokenPromises(of: payment, overcapture: overcapture[merchant])
            found += broken(byCapture: event, allowed)
        }
        if let problem = state.difference(ofHeld: heldSum) { found.append(problem) }
        // What is set aside is explained by the very next event.
        let before = unexplained
        unexplained = state.unexplainedSuspense
        if before != 0, unexplained != 0 { found.append("\(unexplained) on 1900 that nothing explains") }
        return found
    }

    /// Everything of all payments, whatever the last event was about.
    var brokenPromises: [String] { state.brokenPromises(overcapture: overcapture) }

    /// A new capture takes no more than its merchant may at this moment, all others asked for included.
    private mutating func broken(byCapture event: Event, _ allowed: Rate) -> [String] {
        switch event.fact {
        case .captureRequested: break
        case .captured(let fact) where fact.capture.createdBy == event.sequence: break
        default: return []
        }
        guard let detail = state.detail(of: event.context.payment) else { return ["no such payment"] }
        let (view, captures) = (detail.payment, detail.captures)
        let asked = captures.filter { $0.state == .requested || $0.state == .unknown }.map(\.amount)
        let taken = asked.reduce(view.captured) { $0 + $1 }
        if taken > view.authorized { overcaptures += 1 }
        if taken <= view.authorized + allowed.of(view.authorized) { return [] }
        return ["\(taken.minorUnits) captured of \(view.authorized.minorUnits), \(allowed) allowed beyond"]
    }
}
