internal import Ledger
internal import Protocol

/// Asks about what others do. An answer is right if it says what the events before its position say, and if
/// that position is not before anything that was known to be durable when it was asked.
final class SimulatedReader: SimulatedPeer {
    private enum Question {
        case payment(PaymentID)
        case balances(MerchantID)
        case pastBalance(AccountID, asOf: UInt64)
        case status
    }

    let line: SimulatedLine
    /// Ids as the ledger has them: what is asked and answered is read with the ledger's own names.
    private let names: Names
    private var asked: Question?
    private var request: UInt64?
    /// Events that were durable when it was asked.
    private var known: UInt64 = 0
    private(set) var answers = 0

    init(_ line: SimulatedLine, names: Names) { (self.line, self.names) = (line, names) }

    func isContent(_ known: KnownLog) -> Bool { asked == nil }
    func connectionWasLost() { request = nil }

    func act(_ known: KnownLog) {
        if request != nil { return }
        let question = asked ?? draw(known)
        (asked, self.known) = (question, known.end)
        request = line.send(.query) { put(question, to: &$0) }
    }

    private func draw(_ known: KnownLog) -> Question {
        let payments = known.paymentIDs
        switch line.draw(5) {
        case 0...1:
            guard !payments.isEmpty else { return .status }
            return .payment(payments[line.draw(payments.count)])
        case 2: return .balances(merchant)
        case 3:
            let account = AccountID(.merchantPending, .eur, of: merchant)
            return .pastBalance(account, asOf: UInt64(line.draw(Int(known.end))))
        default: return .status
        }
    }

    private var merchant: MerchantID { MerchantID(raw: UInt64(1 + line.draw(2))) }

    private func put(_ question: Question, to out: inout WireBuffer) {
        switch question {
        case .payment(let payment):
            var query = PaymentQuery()
            query.payment = payment
            QueryMessage.write(query, names: names, to: &out)
        case .balances(let merchant):
            var query = BalancesQuery()
            query.merchant = merchant
            QueryMessage.write(query, names: names, to: &out)
        case .pastBalance(let account, let position):
            var query = PastBalanceQuery()
            (query.account, query.position) = (account, Position(raw: position))
            QueryMessage.write(query, names: names, to: &out)
        case .status: QueryMessage.write(StatusQuery(), names: names, to: &out)
        }
    }

    // MARK: Answers

    func take(_ header: MessageHeader, _ body: RawSpan, _ known: KnownLog) -> String? {
        guard header.request == request, let asked else {
            return "\(header.type) of request \(header.request), which was not asked"
        }
        request = nil
        if header.type == .failure { return line.isBusy(body) ? nil : "\(asked) failed" }
        guard header.type == .answer else { return "\(header.type) for \(asked)" }
        self.asked = nil
        answers += 1
        do throws(WireError) {
            return try judge(asked, body, known).map { "\(asked): \($0)" }
        } catch { return "\(asked): \(error)" }
    }

    private func judge(
        _ question: Question, _ body: RawSpan, _ known: KnownLog
    ) throws(WireError) -> String? {
        switch question {
        case .payment(let payment):
            let message = try AnswerMessage<PaymentQuery>(reading: body, names: names)
            return judge(message.position, known) { position in
                let expected = known.payments(before: position)[payment]
                return message.answer.map { KnownPayment($0.payment) } == expected
            }
        case .balances(let merchant):
            let message = try AnswerMessage<BalancesQuery>(reading: body, names: names)
            return judge(message.position, known) { position in
                let expected = known.accounts(before: position) { account in
                    account.account.owner == .merchant && account.owner == merchant.raw
                }
                return message.answer?.accounts == expected
            }
        case .pastBalance(let account, let asOf):
            let message = try AnswerMessage<PastBalanceQuery>(reading: body, names: names)
            return judge(message.position, known) { _ in
                let expected = known.accounts(before: asOf + 1) { $0 == account }.first
                return message.answer == expected ?? AccountRecord.untouched(account)
            }
        case .status:
            let message = try AnswerMessage<StatusQuery>(reading: body, names: names)
            return judge(message.position, known) { position in
                guard let status = message.answer else { return false }
                let payments = UInt64(known.payments(before: position).count)
                return status.next.raw == position && status.durableEnd.raw <= known.end
                    && status.payments + status.paymentsAway == payments
            }
        }
    }

    private func judge(
        _ position: Position, _ known: KnownLog, _ isRight: (UInt64) -> Bool
    ) -> String? {
        guard position.raw <= known.end else {
            return "answered as of \(position.raw), \(known.end) are durable"
        }
        guard position.raw >= self.known else {
            return "answered as of \(position.raw), \(self.known) were known before"
        }
        return isRight(position.raw) ? nil : "not what \(position.raw) events say"
    }
}

extension AccountRecord {
    fileprivate static func untouched(_ account: AccountID) -> AccountRecord {
        var record = AccountRecord()
        record.account = account
        return record
    }
}
