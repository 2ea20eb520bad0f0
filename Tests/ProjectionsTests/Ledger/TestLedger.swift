import Ledger
import Projections
import TestSupport

/// A ledger with one merchant and one acquirer, driven command by command; keeps every event, as read back
/// from its bytes.
struct TestLedger: ~Copyable {
    var state: LedgerState
    private(set) var events: [Event] = []
    /// Log time of the next command.
    var now = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)
    let merchant: MerchantID
    let acquirer: AcquirerID
    private var batch = EventBatch(capacity: 2_048)
    private var keyCount: UInt64 = 0

    init(overcapture: Rate = .zero, seed: UInt64 = 0, secret: Hash128 = .none) {
        state = LedgerState(seed: seed)
        merchant = MerchantID(number: 1, shard: Shard(number: 0))
        acquirer = AcquirerID(number: 1, shard: Shard(number: 0))
        var opening = LedgerOpened()
        opening.isTest = true
        opening.keySecret = secret
        take(Event(sequence: SequenceNumber(raw: 0), time: now, fact: .ledgerOpened(opening)))
        var open = OpenMerchant()
        open.settings.name = Text("Corner shop") ?? Text()
        open.settings.overcapture = overcapture
        perform(.openMerchant(open), of: MerchantID.none)
        var set = SetAcquirer()
        set.settings.name = Text("Acquirer") ?? Text()
        perform(.setAcquirer(set), of: MerchantID.none)
    }

    /// An event that no command made.
    private mutating func take(_ event: Event) {
        state.apply(event)
        events.append(event)
    }

    /// Does a command at `now`, which moves on by a millisecond.
    @discardableResult
    mutating func perform(_ request: Request, of merchant: MerchantID? = nil) -> Outcome {
        var command = Command(request)
        command.merchant = merchant ?? self.merchant
        if request.operation.needsKey {
            keyCount += 1
            command.key = Hash128(low: keyCount, high: 1)
            command.fingerprint = keyCount
        }
        batch.removeAll()
        let outcome = state.decide(command, at: now, into: &batch)
        keep()
        now = now.adding(LedgerSpan(nanoseconds: 1_000_000))
        return outcome
    }

    /// Does a command as it is, key and all, at `now`.
    mutating func perform(_ command: Command) -> Outcome {
        batch.removeAll()
        let outcome = state.decide(command, at: now, into: &batch)
        keep()
        return outcome
    }

    /// Does all commands or none.
    mutating func performAll(_ commands: [Command], key: UInt64) -> RequestOutcome {
        batch.removeAll()
        let outcome = state.decideAll(
            commands, key: key == 0 ? .none : Hash128(low: key, high: 2), fingerprint: key, at: now,
            into: &batch)
        keep()
        return outcome
    }

    /// Writes what is due; returns how many events that were, over all commits.
    mutating func tick() -> [Int] {
        var counts: [Int] = []
        var isMore = true
        while isMore {
            batch.removeAll()
            isMore = state.tick(at: now, into: &batch)
            counts.append(batch.count)
            keep()
        }
        return counts
    }

    private mutating func keep() {
        do throws(EventFormatError) {
            let first = SequenceNumber(raw: state.next.raw - UInt64(batch.count))
            events += try batch.events(from: first)
        } catch { fatalError("\(error)") }
    }

    // MARK: Commands in short

    mutating func authorize(_ amount: Int64, automatic: Bool = false) -> PaymentID {
        var request = RecordAuthorization()
        request.order.amount = amount
        request.order.currency = Currency.eur.number
        request.order.capture = automatic ? .automatic : .manual
        request.acquirer = acquirer
        request.place = place
        let outcome = perform(.recordAuthorization(request))
        guard case .done(let first, _) = outcome else { return .none }
        return PaymentID(createdBy: first, shard: Shard(number: 0))
    }

    /// A batch that closes in twelve hours.
    var place: BatchPlace {
        var place = BatchPlace()
        place.day = BusinessDay(daysSinceEpoch: UInt32(now.nanoseconds / 86_400_000_000_000))
        place.closesAt = now.adding(.hours(12))
        return place
    }

    @discardableResult
    mutating func capture(_ payment: PaymentID, _ amount: Int64 = 0, isFinal: Bool = true) -> Outcome {
        var request = CapturePayment()
        request.payment = payment
        request.amount = amount
        request.isFinal = isFinal
        request.place = place
        return perform(.capturePayment(request))
    }

    @discardableResult
    mutating func void(_ payment: PaymentID) -> Outcome {
        var request = VoidPayment()
        request.payment = payment
        return perform(.voidPayment(request))
    }

    @discardableResult
    mutating func voidCapture(_ capture: CaptureID, of payment: PaymentID) -> Outcome {
        var request = VoidCapture()
        request.payment = payment
        request.capture = capture
        return perform(.voidCapture(request))
    }

    // MARK: Looking

    /// Posted and pending balance of an account, debits less credits.
    func balance(_ account: Account) -> (posted: Int, pending: Int) {
        let id: AccountID
        switch account.owner {
        case .merchant: id = AccountID(account, .eur, of: merchant)
        case .acquirer: id = AccountID(account, .eur, of: acquirer)
        case .bankAccount, .ledger: id = AccountID(account, .eur)
        }
        let row = state.account(id)
        return (Int(row.posted), Int(row.pending))
    }

    func row(_ payment: PaymentID) -> PaymentRow {
        guard let number = state.payments.find(payment.raw) else { fatalError("no payment") }
        return state.payments[number]
    }

    /// The state that the events give, from nothing.
    func replayed(upTo count: Int? = nil) -> StateDigest {
        var again = LedgerState(seed: 1)
        for event in events.prefix(count ?? events.count) { again.apply(event) }
        return again.digest
    }
}
