import Invariants
package import Ledger

/// Everything the ledger knows, as it follows from its events, and the two verbs that move it.
///
/// `decide` turns a command into events, or refuses; `apply` changes the state by one event and nothing else.
/// Both are pure: no clock, no files, no randomness; the same events give the same state on every machine.
/// One thread owns the state.
///
///     let outcome = state.decide(command, at: time, into: &batch)   // live: events are applied at once
///     state.apply(event)                                            // replay
package struct LedgerState: ~Copyable {
    package let shard: Shard
    /// The place of the next event.
    package var next = SequenceNumber(raw: 0)
    /// When the latest event was.
    package var time = LedgerTime.none
    package var settings = SettingsChanged()
    var holdSpans = HoldSpans()

    package var accounts = Table<AccountRow>()
    package var merchants = Table<MerchantRow>()
    package var terms = Table<TermsRow>()
    package var acquirers = Table<AcquirerRow>()
    package var payments = Table<PaymentRow>()
    package var captures = Table<CaptureRow>()
    package var batches = Table<BatchRow>()
    package var openBatches = Table<OpenBatchRow>()
    package var reversals = Table<ReversalRow>()
    package var due = DueHeap<DueEntry>()

    /// How many merchants and acquirers were ever added: the next one's number less one.
    var merchantCount: UInt32 = 0
    var acquirerCount: UInt32 = 0

    /// The turn being taken: when it is, and in whose name. Not part of what the ledger knows.
    var now = LedgerTime.none
    var author = Author(of: .none)

    /// The state before the first event.
    package init(shard: Shard = Shard(number: 0)) { self.shard = shard }
}

/// What became of a command.
package enum Outcome: Equatable, Sendable {
    /// Done: these events say so.
    case done(first: SequenceNumber, count: Int)
    /// Not done, and why.
    case refused(RefusalCode)
}
