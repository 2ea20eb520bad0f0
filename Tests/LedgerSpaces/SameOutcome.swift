// What the ledger answers beside what its model does.

package import LedgerModel
package import Projections

extension ModelOutcome {
    /// Whether the ledger answers a command the same.
    package func isSame(_ ours: Outcome) -> Bool {
        switch (ours, self) {
        case (.done(let first, let count), .done(let other, let otherCount)):
            first == other && count == otherCount
        case (.exists(let latest, .done), .exists(let other)): latest == other
        case (.exists(let event, let outcome), .known(let other, by: let first)):
            event == first && outcome.modelled == other
        case (.refused(let code), .refused(let other)): code == other
        default: false
        }
    }
}

extension LedgerModel {
    /// Whether the ledger answers the last request the same, and each of its commands.
    package func isSame(_ ours: RequestOutcome, _ theirs: ModelOutcome) -> Bool {
        switch (ours, theirs) {
        case (.done(let outcomes), .done), (.done(let outcomes), .exists):
            outcomes.count == self.outcomes.count
                && zip(outcomes, self.outcomes).allSatisfy { $1.isSame($0) }
        case (.exists(let event, let outcome), .known(let other, by: let first)):
            event == first && outcome.modelled == other
        case (.refused(let code, let index), .refused(let other)):
            code == other && index == refusedIndex
        default: false
        }
    }
}

extension KeyOutcome {
    /// In the words of the model.
    fileprivate var modelled: ModelKeyOutcome {
        switch self {
        case .pending: .pending
        case .done: .done
        case .failed: .failed
        case .declined(let code): .declined(code)
        case .blocked(let code): .blocked(code)
        case .refused(let code): .refused(code)
        }
    }
}
