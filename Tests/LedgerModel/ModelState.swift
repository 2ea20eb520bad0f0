// Everything the model knows, in one value: a copy of it is an undo.

package import Ledger

/// The whole state of the model but its events.
package struct ModelState: Sendable {
    package var settings = SettingsChanged()
    package var holdSpans: [HoldSpanKey: LedgerSpan] = [:]
    package var merchants: [MerchantID: Merchant] = [:]
    package var acquirers: [AcquirerID: Acquirer] = [:]
    /// In the order of their numbers.
    package var apiKeys: [APIKey] = []
    package var payments: [ModelPayment] = []
    package var paymentIndex: [PaymentID: Int] = [:]
    /// Payments that something may fall due of; others are not looked at by a tick.
    package var waiting: Set<Int> = []
    package var batches: [BatchID: Batch] = [:]
    /// In the order of their opening, as are the two lists below.
    package var batchList: [BatchID] = []
    package var openBatches: [BatchKey: BatchID] = [:]
    package var payouts: [PayoutID: Payout] = [:]
    package var payoutList: [PayoutID] = []
    package var exceptions: [ExceptionID: Exception] = [:]
    package var exceptionList: [ExceptionID] = []
    package var releases: [ReleaseKey: Int64] = [:]
    package var corrected: Set<SequenceNumber> = []
    /// What was told and did not fit, with the event of its exception.
    package var tellings: [Telling: SequenceNumber] = [:]
    /// Keys that are remembered.
    package var keys: [Hash128: KeyUse] = [:]
    /// Keys by the hour of log time in which their outcome became final: whole hours are forgotten.
    package var finalKeys: [UInt64: [Hash128]] = [:]
    /// Refunds of reconciled batches that arrived for all that anybody will say; the next one last.
    package var arrived: [RefundID] = []
    /// What became of the things that keys wait for, once somebody knows.
    package var ends: [Awaited: End] = [:]
    /// The keys that wait for them.
    var waitingKeys: [Awaited: Hash128] = [:]
    package var sums: [AccountID: ModelSums] = [:]

    /// How long holds of which network and initiator last.
    package struct HoldSpanKey: Hashable, Sendable {
        package var network: CardBrand
        package var initiator: Initiator
    }

    /// Who is paid.
    package struct Merchant: Sendable {
        package enum State: Hashable, Sendable { case active, frozen, closed }
        package var settings: MerchantSettings {
            didSet { formerOvercapture = max(formerOvercapture, oldValue.overcapture) }
        }
        private var formerOvercapture = Rate.zero
        package var state = State.active
        package var terms: [Currency: MerchantTermsSet] = [:]

        /// The most that it was ever allowed to take beyond an authorization.
        package var overcaptureMost: Rate { max(formerOvercapture, settings.overcapture) }

        init(settings: MerchantSettings) { self.settings = settings }
    }

    /// Who takes the money.
    package struct Acquirer: Sendable {
        package var settings: AcquirerSet
        package var circuit = CircuitState.closed
        package var openUntil = LedgerTime.none
    }

    /// Of whom there is one open batch at most.
    package struct BatchKey: Hashable, Sendable {
        package var merchant: MerchantID
        package var acquirer: AcquirerID
        package var currency: Currency
    }

    /// A day's captures and refunds.
    package struct Batch: Sendable {
        package enum State: Hashable, Sendable {
            case open, closed, submitted, acknowledged, partiallyReconciled, reconciled, failed
        }

        package var key: BatchKey
        package var closesAt: LedgerTime
        package var state = State.open
        package var file: ContentHash?
        /// Payments that ever put something in.
        package var payments: Set<Int> = []
        /// Events that put something in or took it out while it was open.
        package var items: [SequenceNumber] = []
        /// How many things are in it.
        package var count = 0
        /// Times its file has left.
        package var submissions = 0

        package var isSent: Bool { state != .open && state != .closed }
    }

    /// Money on its way to a merchant.
    package struct Payout: Sendable {
        package enum State: Hashable, Sendable { case created, rejected, paid, returned }
        package var merchant: MerchantID
        package var currency: Currency
        package var amount: Int64
        package var state = State.created
        /// The state in which something was told that does not follow from it.
        var contradicted: State?
    }

    /// What nobody can explain yet.
    package struct Exception: Sendable {
        package var kind: ExceptionKind
        package var merchant: MerchantID
        package var payment: PaymentID
        package var acquirer: AcquirerID
        package var currency: Currency?
        package var expected: Int64
        package var actual: Int64
        /// What it left on 1900; debits positive.
        package var suspense: Int64
        package var proposed: Resolution?
        package var proposer: ActorID = .none
        package var isResolved = false
        /// Where the money of it came in, if nobody knows more of it.
        var bank: BankAccountID?

        package var stake: UInt64 { (expected - actual).magnitude }
    }

    /// Reserves that are released together.
    package struct ReleaseKey: Hashable, Sendable {
        package var merchant: MerchantID
        package var currency: Currency
        package var day: UInt32
    }

    /// How a fact from outside was told. The ledger keeps a hash of it, which the model does not know.
    package enum Telling: Hashable, Sendable {
        /// Under a key.
        case content(UInt64, key: Hash128)
        /// Word for word, where no key is needed.
        case words(MerchantID, Request)
    }

    /// What became of something, and when.
    package struct End: Sendable {
        package var outcome: ModelKeyOutcome
        package var time: LedgerTime
    }

    /// What a key may wait for.
    package enum Awaited: Hashable, Sendable {
        case payment(PaymentID), void(PaymentID), capture(CaptureID), refund(RefundID), payout(PayoutID)
    }

    /// What was answered under a key.
    package struct KeyUse: Sendable {
        package var fingerprint: UInt64
        /// The event that used it first.
        package var event: SequenceNumber
        /// Of what was final at once.
        package var outcome: ModelKeyOutcome
        /// Nil: it was final at once.
        package var awaited: Awaited?
        package var usedAt: LedgerTime
    }
}
