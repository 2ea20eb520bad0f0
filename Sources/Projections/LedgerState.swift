import Invariants
package import Ledger

/// Everything the ledger knows, as it follows from its events, and the two verbs that move it.
///
/// `decide` turns a command into events, or refuses; `apply` changes the state by one event and nothing else.
/// Both are pure: no clock, no files, no randomness; the same events give the same state on every machine.
/// One thread owns the state.
///
///     let outcome = state.decide(command, at: time, into: &events)   // live: events are applied at once
///     state.apply(event)                                            // replay
package struct LedgerState: ~Copyable {
    package let shard: Shard
    /// What is not in a table.
    var core = LedgerCore()

    package var accounts: Table<AccountRow>
    package var monthBalances: Table<MonthBalanceRow>
    package var merchants: Table<MerchantRow>
    package var terms: Table<TermsRow>
    package var acquirers: Table<AcquirerRow>
    var keys: KeyBook
    var risk: RiskWindows
    package var payments: Table<PaymentRow>
    package var awaited: Table<AwaitedRow>
    package var holds: Table<HoldRow>
    package var reversals: Table<ReversalRow>
    var lateApprovals: Table<LateApprovalRow>
    package var captures: Table<CaptureRow>
    package var captureCalls: Table<CaptureCallRow>
    package var refunds: Table<RefundRow>
    var refundParts: Table<RefundPartRow>
    package var batches: Table<BatchRow>
    var openBatches: Table<OpenBatchRow>
    var batchRefunds: Table<BatchRefundRow>
    package var disputes: Table<DisputeRow>
    package var exceptions: Table<ExceptionRow>
    var told: Table<ToldRow>
    package var payouts: Table<PayoutRow>
    var reserves: Table<ReserveRow>
    var corrections: Table<CorrectionRow>
    var apiKeys: Table<APIKeyRow>
    package var due = DueHeap<DueEntry>()
    /// What all indexes together move in a turn. A machine's own affair.
    let pace = GrowthPace()
    /// Where eviction is. Not part of what the ledger knows.
    var eviction = EvictionState()

    /// Timed events that commands may still write before what they ask for; one that would write more is
    /// `busy`. Who drives the state sets it with each tick: see `replyDueMax`. A machine's own affair.
    package var dueRoom = Int.max

    /// The turn being taken: when it is, and in whose name. Not part of what the ledger knows.
    var now = LedgerTime.none
    var author = Author(of: .none)

    /// The state before the first event.
    ///
    /// - Parameter seed: of the indexes: a random number, for outsiders not to know. Some of what they send
    ///   is a row's key or makes it up, and without a seed they could send what lies in one place.
    package init(shard: Shard = Shard(number: 0), seed: UInt64 = 0) {
        self.shard = shard
        keys = KeyBook(seed: seed, pace: pace)
        risk = RiskWindows(seed: seed, pace: pace)
        accounts = Table(seed: seed, pace: pace)
        monthBalances = Table(seed: seed, pace: pace)
        merchants = Table(seed: seed, pace: pace)
        terms = Table(seed: seed, pace: pace)
        acquirers = Table(seed: seed, pace: pace)
        payments = Table(seed: seed, pace: pace)
        awaited = Table(seed: seed, pace: pace)
        holds = Table(seed: seed, pace: pace)
        reversals = Table(seed: seed, pace: pace)
        lateApprovals = Table(seed: seed, pace: pace)
        captures = Table(seed: seed, pace: pace)
        captureCalls = Table(seed: seed, pace: pace)
        refunds = Table(seed: seed, pace: pace)
        refundParts = Table(seed: seed, pace: pace)
        batches = Table(seed: seed, pace: pace)
        openBatches = Table(seed: seed, pace: pace)
        batchRefunds = Table(seed: seed, pace: pace)
        disputes = Table(seed: seed, pace: pace)
        exceptions = Table(seed: seed, pace: pace)
        told = Table(seed: seed, pace: pace)
        payouts = Table(seed: seed, pace: pace)
        reserves = Table(seed: seed, pace: pace)
        corrections = Table(seed: seed, pace: pace)
        apiKeys = Table(seed: seed, pace: pace)
    }

    /// The place of the next event.
    package var next: SequenceNumber { core.next }
    /// When the latest event was.
    package var time: LedgerTime { core.time }
    /// Idempotency keys in memory.
    package var keyCount: Int { keys.count }
    /// Bytes taken from the system for them.
    package var keyByteCount: Int { keys.byteCount }
    /// Bytes taken from the system for windows of risk, forgotten ones included that are being given back.
    package var riskByteCount: Int { risk.byteCount }
    /// The settings in force.
    package var settings: SettingsChanged { core.settings }
}

/// What the ledger knows beside its tables.
struct LedgerCore: BitwiseCopyable {
    var next = SequenceNumber(raw: 0)
    var time = LedgerTime.none
    /// The month of `time`, and when the next begins.
    var month = LedgerMonth.none
    var monthEnd = LedgerTime.none
    /// Of the ledger's own hashes: see `ToldRow`.
    var keySecret = Hash128.none
    var settings = SettingsChanged()
    var holdSpans = HoldSpans()
    /// How many merchants and acquirers were ever added: the next one's number less one.
    var merchantCount: UInt32 = 0
    var acquirerCount: UInt32 = 0
    /// How many parts of refunds there ever were.
    var refundPartCount: UInt64 = 0
    /// The latest reconciled batch whose refunds' keys are not all final; `BatchRow.nextFinishing` leads on.
    var finishing = RowNumber.none
}
