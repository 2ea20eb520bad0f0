// What the model gives back: events, outcomes, sums of accounts.

package import Ledger

/// One line of an entry, as the model writes it: debits positive, credits negative.
package struct ModelLeg: Hashable, Sendable {
    package var account: AccountID
    package var layer: Layer
    package var amount: Int64

    /// A line.
    package init(account: AccountID, layer: Layer, amount: Int64) {
        self.account = account
        self.layer = layer
        self.amount = amount
    }
}

/// One event of the model: everything a real one says.
package struct ModelEvent: Hashable, Sendable {
    package var sequence: SequenceNumber
    package var time: LedgerTime
    package var type: FactType
    package var merchant: MerchantID
    package var payment: PaymentID
    /// The event of the same payment before this one.
    package var previous: SequenceNumber
    /// The event that made what it contradicts.
    package var cause: SequenceNumber
    /// Who asked; its key only if this event has it.
    package var author: ModelAuthor
    /// The fields of the fact.
    package var said: Said
    /// What it is an exception about that was told and did not fit.
    package var told: ModelState.Telling?
    /// In the order of the movements; not netted.
    package var legs: [ModelLeg]

    /// The legs with those of one account, layer and side summed up, in a fixed order. Two ledgers that agree
    /// on this agree on all four sums of every account, however they cut their legs.
    package var normalLegs: [ModelLeg] { Self.normalized(legs) }

    /// The normal form of any legs, for the other side of a comparison.
    package static func normalized(_ legs: [ModelLeg]) -> [ModelLeg] {
        var sums: [ModelLeg] = []
        for leg in legs {
            let isSame = { (other: ModelLeg) in
                other.account == leg.account && other.layer == leg.layer
                    && (other.amount > 0) == (leg.amount > 0)
            }
            if let place = sums.firstIndex(where: isSame) {
                sums[place].amount += leg.amount
            } else {
                sums.append(leg)
            }
        }
        return sums.sorted {
            ($0.account.raw, $0.layer.rawValue, $0.amount) < ($1.account.raw, $1.layer.rawValue, $1.amount)
        }
    }
}

/// What became of a command or a request.
package enum ModelOutcome: Hashable, Sendable {
    /// So many events of its own from `first` on; what fell due before it does not count.
    case done(first: SequenceNumber, count: Int)
    /// It was so already; nothing of its own is written. The latest event of the payment it is about.
    case exists(SequenceNumber)
    /// The key was used before, by that event, and this has become of what it was used for.
    case known(ModelKeyOutcome, by: SequenceNumber)
    case refused(RefusalCode)
}

/// What became of what a key was used for; the first that is not `pending` stays.
package enum ModelKeyOutcome: Hashable, Sendable {
    case pending, done, failed
    case declined(DeclineCode), blocked(DeclineCode)
    case refused(RefusalCode)
}

/// The four sums of an account. Never negative, only growing.
package struct ModelSums: Hashable, Sendable {
    package var debitsPosted: Int128 = 0
    package var creditsPosted: Int128 = 0
    package var debitsPending: Int128 = 0
    package var creditsPending: Int128 = 0

    /// Debits less credits.
    package var posted: Int128 { debitsPosted - creditsPosted }
    /// Debits less credits.
    package var pending: Int128 { debitsPending - creditsPending }

    mutating func add(_ leg: ModelLeg) {
        let size = Int128(leg.amount.magnitude)
        switch (leg.layer, leg.amount > 0) {
        case (.posted, true): debitsPosted += size
        case (.posted, false): creditsPosted += size
        case (.pending, true): debitsPending += size
        case (.pending, false): creditsPending += size
        }
    }
}

/// Why a command is not done; thrown before anything of it is written.
struct Refusal: Error {
    var code: RefusalCode

    init(_ code: RefusalCode) { self.code = code }
}
