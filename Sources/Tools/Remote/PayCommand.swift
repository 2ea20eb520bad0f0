import ArgumentParser
import Client
import Ledger
import Protocol

/// `holdfast pay …`: payments from a terminal.
struct PayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pay", abstract: "Make payments, change them, look at them.",
        discussion: """
            Commands that move money have an idempotency key: the one given, or a random one that is \
            printed. Asked again under the same key they do nothing, and say what became of it. What the \
            ledger refuses is told with its number, status 20; an answer that was lost, status 21.
            """,
        subcommands: [
            PayAuthorize.self, PayCapture.self, PayVoid.self, PayRefund.self, PayShow.self, PayList.self,
        ])
}

/// What commands that move money share.
struct PayOptions: ParsableArguments {
    @Option(help: "Idempotency key, 1 to 255 characters of ASCII (default: a random one).") var key: String?
    @Flag(help: "Print the id of what was made alone.") var quiet = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    /// The key given, or a new one.
    func idempotencyKey() -> String { key ?? IdempotencyKey.random() }

    /// Tells the answer.
    func tell(_ result: CommandResult, key: String, made: (String, String)?, _ done: String) throws {
        let made = result.made == 0 ? nil : made
        try Answered(made: made, key: key, result: result).tell(json: output.json, quiet: quiet, done)
    }
}

struct PayAuthorize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorize", abstract: "Record an authorization that an acquirer has given.",
        discussion: """
            The amount is exact: 12.34 EUR, 1500 JPY. Merchant and acquirer may be left out if the ledger \
            has one. Takes scope write of the whole ledger.
            """)

    @Argument(help: "Amount and currency: 12.34 EUR.") var amount: [String]
    @Option(help: "Whom to pay: mer_1 (default: the only one there is).") var merchant: String?
    @Option(help: "Who authorized it: acq_1 (default: the only one there is).") var acquirer: String?
    @Option(help: "The card's token in the vault, a number.") var card: UInt64 = 0
    @Option(help: "The merchant's own name for it, at most 40 characters.") var reference = ""
    @Flag(help: "Capture all of it at once.") var capture = false
    @OptionGroup var options: PayOptions

    func run() async throws {
        try await reportingFailures {
            let (minorUnits, currency) = try MoneyArgument.parse(amount.joined(separator: " "))
            var body = RecordAuthorization()
            (body.order.amount, body.order.currency) = (minorUnits, currency.number)
            body.order.capture = capture ? .automatic : .manual
            (body.order.card.token, body.order.card.fingerprint) = (card, card)
            body.order.reference = try TextArgument.parse(reference, "reference")
            let key = options.idempotencyKey()
            try await options.connection.withClient { client in
                let merchant = try await LedgerNames.merchant(merchant, client)
                body.acquirer = try await LedgerNames.acquirer(acquirer, client)
                let result = try await client.perform(.recordAuthorization(body), of: merchant, key: key)
                let money = "\(MoneyText.text(Int128(minorUnits), currency)) \(currency)"
                try options.tell(
                    result, key: key, made: ("payment", PaymentID(raw: result.made).text),
                    "\(capture ? "captured" : "authorized") \(money),")
            }
        }
    }
}

struct PayCapture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Take held money: all of it, or so much.")

    @Argument(help: "The payment: pay_ and 16 digits.") var payment: String
    @Argument(help: "How much: 5.00, or 5.00 EUR (default: all that is held).") var amount: [String] = []
    @Flag(help: "Keep holding the rest.") var more = false
    @OptionGroup var options: PayOptions

    func run() async throws {
        try await reportingFailures {
            var body = CapturePayment()
            body.payment = try LedgerNames.payment(payment)
            body.isFinal = !more
            let key = options.idempotencyKey()
            try await options.connection.withClient { client in
                let record = try await client.payment(body.payment).payment
                body.amount = try LedgerNames.part(amount, of: record)
                let result = try await client.perform(
                    .capturePayment(body), of: client.naming(record.merchant), key: key)
                try options.tell(
                    result, key: key, made: ("capture", CaptureID(raw: result.made).text), "captured,")
            }
        }
    }
}

struct PayVoid: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "void", abstract: "Let go what is held.")

    @Argument(help: "The payment: pay_ and 16 digits.") var payment: String
    @OptionGroup var options: PayOptions

    func run() async throws {
        try await reportingFailures {
            var body = VoidPayment()
            body.payment = try LedgerNames.payment(payment)
            let key = options.idempotencyKey()
            try await options.connection.withClient { client in
                let record = try await client.payment(body.payment).payment
                let result = try await client.perform(
                    .voidPayment(body), of: client.naming(record.merchant), key: key)
                try options.tell(result, key: key, made: nil, "voided")
            }
        }
    }
}

struct PayRefund: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refund", abstract: "Give back captured money: all of it, or so much.")

    @Argument(help: "The payment: pay_ and 16 digits.") var payment: String
    @Argument(help: "How much: 5.00, or 5.00 EUR (default: all that can be).") var amount: [String] = []
    @Option(
        help: "requested, duplicate, fraudulent, productNotReceived or other.",
        transform: { try WordArgument.parse($0) })
    var reason = RefundReason.requested
    @OptionGroup var options: PayOptions

    func run() async throws {
        try await reportingFailures {
            var body = RefundPayment()
            body.payment = try LedgerNames.payment(payment)
            body.reason = reason
            let key = options.idempotencyKey()
            try await options.connection.withClient { client in
                let record = try await client.payment(body.payment).payment
                body.amount = try LedgerNames.part(amount, of: record)
                let result = try await client.perform(
                    .refundPayment(body), of: client.naming(record.merchant), key: key)
                // What was in an open batch is taken out of it: then there is no refund to name.
                try options.tell(
                    result, key: key, made: ("refund", RefundID(raw: result.made).text), "refunded,")
            }
        }
    }
}

/// A word of one of the ledger's vocabularies, by its name.
enum WordArgument {
    static func parse<Word: CaseIterable>(_ text: String) throws -> Word {
        guard let word = Word.allCases.first(where: { "\($0)" == text }) else {
            let words = Word.allCases.map { "\($0)" }.joined(separator: ", ")
            throw ValidationError("\"\(text)\" is none of \(words)")
        }
        return word
    }
}

/// What things of the ledger are called on a command line.
enum LedgerNames {
    static func payment(_ text: String) throws -> PaymentID {
        guard let payment = PaymentID(text: text) else {
            throw CommandFailure(.usage, "\"\(text)\" is no payment: pay_ and 16 hexadecimal digits")
        }
        return payment
    }

    /// The one that is named, or that the key is of (then commands name none), or the only one.
    static func merchant(_ text: String?, _ client: LedgerClient) async throws -> MerchantID {
        if let text {
            guard let merchant = MerchantID(text: text) else {
                throw CommandFailure(.usage, "\"\(text)\" is no merchant: mer_ and a number")
            }
            return merchant
        }
        if !client.session.merchant.isNone { return .none }
        var query = MerchantsQuery()
        query.limit = 2
        let merchants = try await client.ask(query).answer?.elements ?? []
        guard let only = merchants.first else {
            throw CommandFailure(.missing, "there is no merchant: holdfast merchant open NAME")
        }
        guard merchants.count == 1 else {
            throw CommandFailure(.usage, "there are several merchants: --merchant; holdfast merchant list")
        }
        return only.merchant
    }

    /// The one that is named, or the only one.
    static func acquirer(_ text: String?, _ client: LedgerClient) async throws -> AcquirerID {
        if let text {
            guard let acquirer = AcquirerID(text: text) else {
                throw CommandFailure(.usage, "\"\(text)\" is no acquirer: acq_ and a number")
            }
            return acquirer
        }
        var query = AcquirersQuery()
        query.limit = 2
        let acquirers = try await client.ask(query).answer?.elements ?? []
        guard let only = acquirers.first else {
            throw CommandFailure(.missing, "there is no acquirer: holdfast acquirer open NAME")
        }
        guard acquirers.count == 1 else {
            throw CommandFailure(.usage, "there are several acquirers: --acquirer; holdfast acquirer list")
        }
        return only.settings.acquirer
    }

    /// A part of a payment in minor units; 0, which is all there is, if none is told. Nothing at all is not
    /// taken for everything.
    static func part(_ words: [String], of payment: PaymentRecord) throws -> Int64 {
        if words.isEmpty { return 0 }
        let minorUnits = try MoneyArgument.parse(words.joined(separator: " "), expecting: payment.currency)
        guard minorUnits > 0 else { throw CommandFailure(.usage, "an amount of nothing") }
        return minorUnits
    }
}

extension LedgerClient {
    /// A payment with everything that hangs on it.
    func payment(_ payment: PaymentID) async throws -> PaymentAnswer {
        var query = PaymentQuery()
        query.payment = payment
        guard let answer = try await ask(query).answer else {
            throw CommandFailure(.missing, "there is no payment \(payment.text)")
        }
        return answer
    }

    /// Whom a command names: nobody, if the key is of that merchant.
    func naming(_ merchant: MerchantID) -> MerchantID { session.merchant.isNone ? merchant : .none }
}
