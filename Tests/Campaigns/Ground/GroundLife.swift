import Ledger
import Projections
import TestSupport

/// The life of a ledger that rows of card transactions make: Tests/Ground/README.md says what happens when.
struct GroundLife: ~Copyable {
    private(set) var state = LedgerState(seed: 0x6E0)
    /// Built from the bytes of the events alone.
    private(set) var replayed = LedgerState(seed: 1)
    private(set) var totals = GroundTotals()
    private(set) var commandCount = 0
    private(set) var failure: String?
    private let rows: [GroundRow]
    private var batch = EventBatch(capacity: 2_048)
    private var agenda = GroundAgenda()
    /// By row.
    private var payments: [PaymentID]
    private var disputes: [Int: DisputeID] = [:]
    private var rejected: Set<UInt64> = []
    /// By day and merchant, as in the agenda, and by id.
    private var batchIDs: [UInt64: BatchID] = [:]
    private var batches: [BatchID: GroundBatch] = [:]
    private var payouts: [UInt64: PayoutID] = [:]
    private var keyCount: UInt64 = 0

    private let acquirer = AcquirerID(number: 1, shard: Shard(number: 0))
    /// Cards have no numbers here, only customers; what is told of one is a keyed hash, as an edge tells it.
    private static let cardSecret: UInt64 = 0x6E0_CA2D
    private let bank = BankAccountID(number: 1, shard: Shard(number: 0))

    /// What is told of a batch while it is under way.
    private struct GroundBatch {
        struct Item {
            var row: Int
            var capture: CaptureID
            var amount: Int64
        }

        var merchant: UInt32
        var day: UInt64
        var items: [Item] = []
        var refunds: [(row: Int, id: RefundID, amount: Int64)] = []
        /// What the acquirer will send.
        var cash: Int64 = 0
    }

    init(rows: [GroundRow]) {
        self.rows = rows
        payments = [PaymentID](repeating: .none, count: rows.count)
    }

    /// Everything, to 45 days after the last row.
    ///
    /// - Parameter dropped: a row that is left out, to see that it is missed.
    mutating func run(dropping dropped: Int? = nil) {
        guard let first = rows.first, let last = rows.last else { return }
        begin(first.time / GroundTime.day * GroundTime.day)
        agenda.add(first.time / GroundTime.day * GroundTime.day + GroundTime.hour, .tick, 0)
        var row = 0
        while failure == nil {
            let next = row < rows.count ? entry(row) : nil
            if let next, agenda.first.map({ next < $0 }) ?? true {
                if row != dropped { authorize(row) }
                row += 1
            } else if let entry = agenda.removeFirst() {
                if next == nil, entry.time > last.time + 45 * GroundTime.day { return }
                act(entry)
            }
        }
    }

    private func entry(_ row: Int) -> GroundAgenda.Entry {
        GroundAgenda.Entry(time: rows[row].time, kind: .row, number: UInt64(row))
    }

    /// The first thing that went wrong is kept.
    private mutating func fail(_ what: String) { failure = failure ?? what }

    private mutating func act(_ entry: GroundAgenda.Entry) {
        let (time, row) = (entry.time, Int(entry.number))
        switch entry.kind {
        case .tick: tick(time)
        case .row: break
        case .void:
            var request = VoidPayment()
            request.payment = payments[row]
            perform(.voidPayment(request), of: row, at: time)
        case .capture: capture(row, at: time)
        case .rest: capture(row, 0, isFinal: true, at: time)
        case .refund: refund(row, at: time)
        case .dispute: dispute(row, at: time)
        case .decision: decide(row, at: time)
        case .submit: submit(entry.number, at: time)
        case .accept: accept(entry.number, at: time)
        case .settle: settle(entry.number, at: time)
        case .cash: matchCash(entry.number, at: time)
        case .payout: createPayout(entry.number, at: time)
        case .paid: confirmPayout(entry.number, at: time)
        }
    }

    // MARK: Asking

    /// Asks for something in the name of a merchant, of a row if there is one; hears what happened.
    @discardableResult
    private mutating func perform(
        _ request: Request, of row: Int = 0, merchant: UInt32? = nil, at seconds: UInt64,
        key: Hash128? = nil, isCounted: Bool = true
    ) -> Outcome {
        var command = Command(request)
        if !request.operation.isOfLedger {
            let number = merchant ?? rows[row].merchant
            command.merchant = MerchantID(number: number + 1, shard: Shard(number: 0))
        }
        let time = LedgerTime(nanoseconds: seconds * 1_000_000_000)
        command.effective = time
        if let key {
            command.key = key
            command.fingerprint = key.low
        } else if request.operation.needsKey {
            keyCount += 1
            command.key = Hash128(low: keyCount, high: 2)
            command.fingerprint = keyCount
        }
        batch.removeAll()
        let outcome = state.decide(command, at: time, into: &batch)
        commandCount += 1
        if isCounted { totals.add(outcome) }
        hear(of: row)
        return outcome
    }

    /// Reads back what was written.
    private mutating func hear(of row: Int) {
        let first = SequenceNumber(raw: state.next.raw - UInt64(batch.count))
        var events: [Event] = []
        do throws(EventFormatError) { events = try batch.events(from: first) } catch { fail("\(error)") }
        for event in events {
            replayed.apply(event)
            totals.add(event)
            follow(event, row)
        }
    }

    private mutating func tick(_ time: UInt64) {
        var isMore = true
        while isMore {
            batch.removeAll()
            isMore = state.tick(at: LedgerTime(nanoseconds: time * 1_000_000_000), into: &batch)
            if batch.count > LedgerState.tickEventsMax { fail("a tick of \(batch.count) events") }
            hear(of: 0)
        }
        agenda.add(time + GroundTime.hour, .tick, 0)
    }

    /// What an event means for what is to be done later.
    private mutating func follow(_ event: Event, _ row: Int) {
        switch event.fact {
        case .batchOpened(let fact):
            let id = BatchID(createdBy: event.sequence, shard: Shard(number: 0))
            let (merchant, day) = (event.context.merchant.number - 1, UInt64(fact.day.daysSinceEpoch))
            batches[id] = GroundBatch(merchant: merchant, day: day)
            batchIDs[day * 1_000 + UInt64(merchant)] = id
        case .captured(let fact):
            batches[fact.batch]?.items.append(
                .init(row: row, capture: fact.capture, amount: fact.amount.minorUnits))
        case .itemRejected(let fact):
            let amount = batches[fact.batch]?.items.first { $0.capture == fact.capture }?.amount ?? 0
            batches[fact.next]?.items.append(.init(row: row, capture: fact.capture, amount: amount))
        case .captureVoided(let fact): batches[fact.batch]?.items.removeAll { $0.capture == fact.capture }
        case .refundRequested(let fact):
            let id = RefundID(createdBy: event.sequence, shard: Shard(number: 0))
            batches[fact.batch]?.refunds.append((row, id, fact.amount.minorUnits))
        case .batchClosed(let fact): plan(fact.batch)
        case .disputeOpened:
            disputes[row] = DisputeID(createdBy: event.sequence, shard: Shard(number: 0))
        default: break
        }
    }

    private mutating func plan(_ id: BatchID) {
        guard let closed = batches[id] else { return fail("batch \(id.raw) was never opened") }
        let start = (closed.day + 1) * GroundTime.day
        let number = closed.day * 1_000 + UInt64(closed.merchant)
        agenda.add(start + GroundTime.hour, .submit, number)
        agenda.add(start + 12 * GroundTime.hour, .accept, number)
        agenda.add(start + 30 * GroundTime.hour, .settle, number)
        agenda.add(start + 36 * GroundTime.hour, .cash, number)
        agenda.add(start + 37 * GroundTime.hour, .payout, number)
    }

    // MARK: The beginning

    private mutating func begin(_ time: UInt64) {
        let opening = Event(
            sequence: SequenceNumber(raw: 0), time: LedgerTime(nanoseconds: time * 1_000_000_000 - 1),
            fact: .ledgerOpened(LedgerOpened()))
        state.apply(opening)
        replayed.apply(opening)
        var set = SetAcquirer()
        set.settings.name = Text("File Bank") ?? Text()
        perform(.setAcquirer(set), at: time, isCounted: false)
        perform(.changeSettings(ChangeSettings()), at: time, isCounted: false)
        for merchant in 0..<UInt32(100) {
            var open = OpenMerchant()
            open.settings.name = Text("Shop \(merchant)") ?? Text()
            perform(.openMerchant(open), at: time, isCounted: false)
            perform(.setMerchantTerms(terms(merchant)), merchant: merchant, at: time, isCounted: false)
        }
        var funds = MoveOwnFunds()
        funds.bankAccount = bank
        funds.currency = Currency.eur.number
        funds.amount = 10_000_000
        funds.isIn = true
        funds.reason = Text("to begin with") ?? Text()
        perform(.moveOwnFunds(funds), at: time, isCounted: false)
    }

    private func terms(_ merchant: UInt32) -> SetMerchantTerms {
        var terms = SetMerchantTerms()
        terms.currency = Currency.eur.number
        terms.fee = 9_000 + 130 * merchant
        terms.feeFixed = 5 * Int64(merchant % 4)
        terms.chargebackFee = merchant % 2 == 1 ? 1_500 : 0
        if merchant % 10 == 0 {
            terms.reserve = 50_000
            terms.reserveSpan = .days(10)
        } else if merchant % 10 == 5 {
            terms.reserve = 100_000
        }
        return terms
    }

    // MARK: Rows

    private mutating func authorize(_ row: Int) {
        totals.rowCount += 1
        let told = rows[row]
        let k = told.transaction % 100
        let isAtOnce = told.isFraud || 6...9 ~= k || (k >= 10 && told.transaction % 5 == 0)
        var request = RecordAuthorization()
        request.order.amount = told.amount
        request.order.currency = Currency.eur.number
        request.order.capture = isAtOnce ? .automatic : .manual
        request.order.card.token = UInt64(told.card)
        let fingerprint = UInt64(told.card).indexHash(seed: Self.cardSecret)
        request.order.card.fingerprint = fingerprint
        request.acquirer = acquirer
        request.place = place(told.time)
        let key = Hash128(low: told.transaction, high: 1)
        let risk = risk(told, fingerprint)
        let outcome = perform(.recordAuthorization(request), of: row, at: told.time, key: key)
        guard case .done(let first, _) = outcome else { return }
        payments[row] = PaymentID(createdBy: first, shard: Shard(number: 0))
        totals.add(risk.card, of: "card")
        totals.add(risk.merchant, of: "merchant")
        if !told.isFraud, k == 9 {
            perform(.recordAuthorization(request), of: row, at: told.time, key: key)
        }
        planRow(row, k, isAtOnce: isAtOnce)
    }

    /// What is known of a row's card and merchant before it: what rules would look at before they send it.
    private func risk(
        _ told: GroundRow, _ fingerprint: UInt64
    ) -> (card: RiskFeatures, merchant: RiskFeatures) {
        let time = LedgerTime(nanoseconds: told.time * 1_000_000_000)
        let amount = Amount(minorUnits: told.amount)
        let merchant = MerchantID(number: told.merchant + 1, shard: Shard(number: 0))
        return (
            state.riskFeatures(ofCard: fingerprint, .eur, amount, at: time),
            state.riskFeatures(of: merchant, .eur, amount, at: time)
        )
    }

    private mutating func planRow(_ row: Int, _ k: UInt64, isAtOnce: Bool) {
        let (told, number) = (rows[row], UInt64(row))
        if told.isFraud { return agenda.add(told.time + 7 * GroundTime.day, .dispute, number) }
        switch k {
        case 0: agenda.add(told.time + 8 * GroundTime.day, .capture, number)
        case 1:
            agenda.add(told.time + 2 * GroundTime.hour, .void, number)
            agenda.add(told.time + 3 * GroundTime.hour, .capture, number)
        case 2...5:
            agenda.add(told.time + 6 * GroundTime.hour, .capture, number)
            if k >= 4, told.amount / 2 > 0 { agenda.add(told.time + 30 * GroundTime.hour, .rest, number) }
        case 6: agenda.add(told.time + 5 * GroundTime.day, .refund, number)
        case 7: if told.amount / 3 > 0 { agenda.add(told.time + 5 * GroundTime.day, .refund, number) }
        case 8: agenda.add(told.time + 600, .refund, number)
        default:
            let wait = 6 * GroundTime.hour * (told.transaction % 5)
            if !isAtOnce { agenda.add(told.time + wait, .capture, number) }
        }
    }

    private func place(_ time: UInt64) -> BatchPlace {
        let day = time / GroundTime.day
        var place = BatchPlace()
        place.day = BusinessDay(daysSinceEpoch: UInt32(day))
        place.closesAt = LedgerTime(nanoseconds: (day + 1) * GroundTime.day * 1_000_000_000)
        return place
    }

    private mutating func capture(_ row: Int, at time: UInt64) {
        let told = rows[row]
        switch told.transaction % 100 {
        case 2, 3: capture(row, told.amount * 60 / 100, isFinal: true, at: time)
        case 4, 5: capture(row, told.amount / 2, isFinal: told.amount / 2 == 0, at: time)
        default: capture(row, 0, isFinal: true, at: time)
        }
    }

    /// 0: all there is.
    private mutating func capture(_ row: Int, _ amount: Int64, isFinal: Bool, at time: UInt64) {
        var request = CapturePayment()
        request.payment = payments[row]
        request.amount = amount
        request.isFinal = isFinal
        request.place = place(time)
        perform(.capturePayment(request), of: row, at: time)
    }

    private mutating func refund(_ row: Int, at time: UInt64) {
        var request = RefundPayment()
        request.payment = payments[row]
        request.amount = rows[row].transaction % 100 == 7 ? rows[row].amount / 3 : 0
        request.place = place(time)
        perform(.refundPayment(request), of: row, at: time)
    }

    private mutating func dispute(_ row: Int, at time: UInt64) {
        var open = OpenDispute()
        open.payment = payments[row]
        open.stage = .chargeback
        open.currency = Currency.eur.number
        open.amount = rows[row].amount
        open.reason = .fraudulent
        perform(.openDispute(open), of: row, at: time)
        var pull = PullDisputeFunds()
        pull.payment = payments[row]
        pull.dispute = disputes[row] ?? .none
        pull.amount = rows[row].amount
        perform(.pullDisputeFunds(pull), of: row, at: time)
        agenda.add(time + 21 * GroundTime.day, .decision, UInt64(row))
    }

    private mutating func decide(_ row: Int, at time: UInt64) {
        let isWon = rows[row].transaction % 3 == 0
        var decision = DecideDispute()
        decision.payment = payments[row]
        decision.dispute = disputes[row] ?? .none
        decision.outcome = isWon ? .won : .lost
        perform(.decideDispute(decision), of: row, at: time)
        guard isWon else { return }
        var back = ReturnDisputeFunds()
        back.payment = payments[row]
        back.dispute = disputes[row] ?? .none
        back.amount = rows[row].amount
        perform(.returnDisputeFunds(back), of: row, at: time)
    }

    // MARK: Batches

    private mutating func submit(_ number: UInt64, at time: UInt64) {
        let merchant = UInt32(number % 1_000)
        var submit = SubmitBatch()
        submit.batch = batchIDs[number] ?? .none
        submit.byteCount = number
        perform(.submitBatch(submit), merchant: merchant, at: time)
        var acknowledge = AcknowledgeBatch()
        acknowledge.batch = submit.batch
        perform(.acknowledgeBatch(acknowledge), merchant: merchant, at: time)
    }

    private mutating func accept(_ number: UInt64, at time: UInt64) {
        let id = batchIDs[number] ?? .none
        for item in batches[id]?.items ?? [] {
            var accept = AcceptItem()
            accept.batch = id
            accept.payment = payments[item.row]
            accept.capture = item.capture
            perform(.acceptItem(accept), of: item.row, at: time)
        }
    }

    private mutating func settle(_ number: UInt64, at time: UInt64) {
        let id = batchIDs[number] ?? .none
        guard let sent = batches[id] else { return fail("batch \(number) was never opened") }
        var (settled, count) = (Int64(0), Int64(0))
        for item in sent.items {
            if rows[item.row].transaction % 1_000 == 510, rejected.insert(item.capture.raw).inserted {
                reject(item, of: id, at: time)
                continue
            }
            var settle = SettleItem()
            settle.batch = id
            settle.payment = payments[item.row]
            settle.capture = item.capture
            perform(.settleItem(settle), of: item.row, at: time)
            settled += item.amount
            count += 1
        }
        for refund in sent.refunds {
            var answer = AnswerRefund()
            answer.payment = payments[refund.row]
            answer.refund = refund.id
            answer.isSucceeded = true
            perform(.answerRefund(answer), of: refund.row, at: time)
        }
        let costs = netCosts(id, settled, count, at: time)
        batches[id]?.cash = settled - sent.refunds.reduce(0) { $0 + $1.amount } - costs
        var reconcile = ReconcileBatch()
        reconcile.batch = id
        reconcile.isComplete = true
        perform(.reconcileBatch(reconcile), merchant: sent.merchant, at: time)
    }

    private mutating func reject(_ item: GroundBatch.Item, of id: BatchID, at time: UInt64) {
        var reject = RejectItem()
        reject.batch = id
        reject.payment = payments[item.row]
        reject.capture = item.capture
        reject.isPresentedAgain = true
        reject.place = place(time)
        perform(.rejectItem(reject), of: item.row, at: time)
    }

    private mutating func netCosts(
        _ id: BatchID, _ settled: Int64, _ count: Int64, at time: UInt64
    ) -> Int64 {
        var net = NetCost()
        net.acquirer = acquirer
        net.batch = id
        net.currency = Currency.eur.number
        net.interchange = (settled * 3_000 + 500_000) / 1_000_000
        net.scheme = (settled * 1_200 + 500_000) / 1_000_000
        net.markup = 3 * count
        let costs = net.interchange + net.scheme + net.markup
        if costs > 0 { perform(.netCost(net), at: time) }
        return costs
    }

    private mutating func matchCash(_ number: UInt64, at time: UInt64) {
        let id = batchIDs[number] ?? .none
        guard let sent = batches.removeValue(forKey: id), sent.cash > 0 else { return }
        var match = MatchCash()
        match.bankAccount = bank
        match.acquirer = acquirer
        match.batch = id
        match.currency = Currency.eur.number
        match.amount = sent.cash
        perform(.matchCash(match), at: time)
    }

    private mutating func createPayout(_ number: UInt64, at time: UInt64) {
        let merchant = MerchantID(number: UInt32(number % 1_000) + 1, shard: Shard(number: 0))
        let available = -state.account(AccountID(.merchantAvailable, .eur, of: merchant)).posted
        guard available > 0 else { return }
        var payout = CreatePayout()
        payout.currency = Currency.eur.number
        payout.amount = Int64(available)
        let outcome = perform(.createPayout(payout), merchant: UInt32(number % 1_000), at: time)
        guard case .done(let first, _) = outcome else { return fail("payout: \(outcome)") }
        payouts[number] = PayoutID(createdBy: first, shard: Shard(number: 0))
        agenda.add(time + 17 * GroundTime.hour, .paid, number)
    }

    private mutating func confirmPayout(_ number: UInt64, at time: UInt64) {
        var answer = AnswerPayout()
        answer.payout = payouts.removeValue(forKey: number) ?? .none
        answer.answer = .paid
        answer.bankAccount = bank
        perform(.answerPayout(answer), merchant: UInt32(number % 1_000), at: time)
    }
}
