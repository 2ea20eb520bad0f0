import ArgumentParser
import Client
import Ledger
import Protocol

struct PayShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a payment with everything that hangs on it.")

    @Argument(help: "The payment: pay_ and 16 digits.") var payment: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingFailures {
            let payment = try LedgerNames.payment(payment)
            try await connection.withClient { client in
                let document = PaymentDocument(try await client.payment(payment))
                if output.json { return try StandardOutput.json(document) }
                try StandardOutput.line(document.lines.joined(separator: "\n"))
            }
        }
    }
}

struct PayList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a merchant's payments in memory, newest first.",
        discussion: "With --json a line each. Quiet payments that have left the memory are not listed.")

    @Option(help: "Whose: mer_1 (default: the key's, or the only one there is).") var merchant: String?
    @Option(
        help: "Only of this status: authorized, captured, voided …", transform: { try WordArgument.parse($0) }
    )
    var status: PaymentStatus?
    @Option(help: "At most so many.") var limit = 20
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is 1 or more") }
    }

    func run() async throws {
        try await reportingFailures {
            try await connection.withClient { client in
                var query = PaymentsQuery()
                query.merchant = try await LedgerNames.merchant(merchant, client)
                query.status = OptionalWord(status)
                var left = limit
                repeat {
                    query.limit = UInt16(min(left, 100))
                    guard let page = try await client.ask(query).answer else {
                        throw CommandFailure(.missing, "there is no such merchant")
                    }
                    for payment in page.payments { try show(PaymentDocument.Payment(payment)) }
                    left -= page.payments.count
                    query.after = page.next
                } while left > 0 && !query.after.isNone
            }
        }
    }

    private func show(_ payment: PaymentDocument.Payment) throws {
        if output.json { return try StandardOutput.jsonLine(payment) }
        try StandardOutput.line(payment.line)
    }
}

/// A payment for people and programs. Amounts as people write them, exactly; times as RFC 3339.
struct PaymentDocument: Encodable {
    struct Payment: Encodable {
        let payment: String
        let merchant: String
        let status: String
        let currency: String
        let authorized: String
        let capturable: String
        let captured: String
        let settled: String
        let refundPending: String
        let refunded: String
        let refundable: String
        let disputed: String
        let expiresAt: String?
        let underReview: Bool
        let voidRequested: Bool
        let latest: UInt64
    }
    struct Hold: Encodable {
        let hold: String
        let held: String
        let expiresAt: String?
    }
    struct Capture: Encodable {
        let capture: String
        let state: String
        let amount: String
        let refunded: String
        let fee: String
    }
    struct Refund: Encodable {
        let refund: String
        let state: String
        let amount: String
        let batch: String?
    }
    struct Dispute: Encodable {
        let dispute: String
        let stage: String
        let status: String
        let amount: String
        let accepted: String
        let dueAt: String?
    }

    let payment: Payment
    let holds: [Hold]
    let captures: [Capture]
    let refunds: [Refund]
    let disputes: [Dispute]

    init(_ answer: PaymentAnswer) {
        let currency = answer.payment.currency
        payment = Payment(answer.payment)
        holds = answer.holds.map { hold in
            Hold(
                hold: hold.hold.text, held: hold.held.text(currency), expiresAt: hold.expiresAt.textIfAny)
        }
        captures = answer.captures.map { capture in
            Capture(
                capture: capture.capture.text, state: "\(capture.state)",
                amount: capture.amount.text(currency), refunded: capture.refunded.text(currency),
                fee: capture.fee.text(currency))
        }
        refunds = answer.refunds.map { refund in
            Refund(
                refund: refund.refund.text, state: "\(refund.state)", amount: refund.amount.text(currency),
                batch: refund.batch.isNone ? nil : refund.batch.text)
        }
        disputes = answer.disputes.map { dispute in
            Dispute(
                dispute: dispute.dispute.text, stage: "\(dispute.stage)", status: "\(dispute.status)",
                amount: dispute.amount.text(dispute.currency),
                accepted: dispute.accepted.text(dispute.currency), dueAt: dispute.dueAt.textIfAny)
        }
    }

    /// For people.
    var lines: [String] {
        var lines = [payment.line]
        if let expiresAt = payment.expiresAt { lines.append("  held until \(expiresAt)") }
        if payment.underReview { lines.append("  under review") }
        if payment.voidRequested { lines.append("  a void was requested") }
        let currency = payment.currency
        lines += holds.map { "  \($0.hold)  holds \($0.held) \(currency)" }
        lines += captures.map { capture in
            "  \(capture.capture)  \(capture.state) \(capture.amount) \(currency), "
                + "refunded \(capture.refunded), fee \(capture.fee)"
        }
        lines += refunds.map { "  \($0.refund)  \($0.state) \($0.amount) \(currency)" }
        lines += disputes.map { "  \($0.dispute)  \($0.stage), \($0.status), \($0.amount)" }
        return lines
    }
}

extension PaymentDocument.Payment {
    init(_ record: PaymentRecord) {
        let money = record.currency
        self.init(
            payment: record.payment.text, merchant: record.merchant.text, status: "\(record.status)",
            currency: money.code, authorized: record.authorized.text(money),
            capturable: record.capturable.text(money), captured: record.captured.text(money),
            settled: record.settled.text(money), refundPending: record.refundPending.text(money),
            refunded: record.refunded.text(money), refundable: record.refundable.text(money),
            disputed: record.disputed.text(money), expiresAt: record.expiresAt.textIfAny,
            underReview: record.isUnderReview, voidRequested: record.isVoidRequested,
            latest: record.latest.raw)
    }

    /// One line for people.
    var line: String {
        "\(payment)  \(status)  \(authorized) \(currency), captured \(captured), "
            + "refunded \(refunded)  \(merchant)"
    }
}

extension Amount {
    /// With the currency's decimals: 12.34.
    func text(_ currency: Currency) -> String { MoneyText.text(Int128(minorUnits), currency) }
}

extension LedgerTime {
    /// RFC 3339; nil if it is none.
    var textIfAny: String? { isNone ? nil : TimeText.rfc3339(nanoseconds) }
}
