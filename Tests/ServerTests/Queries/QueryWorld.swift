import Ledger
import LogStore
import Projections
import Protocol
import Replay
import Server
import TestSupport
import Testing

/// A ledger with two merchants that have one of everything, in a log of its own.
struct QueryWorld: ~Copyable {
    static let (own, foreign) = (MerchantID(raw: 1), MerchantID(raw: 2))
    static let names = Names(
        cipher: IDCipher(key: Hash128(low: 0x0B0A_0908_0302_0100, high: 0x1B1A_1918_1312_1110)),
        showsSequences: false)
    static let ledgerID = Hash128(low: 3, high: 4)

    var ledger: BoundedLedger<LinuxPlatform>
    let log: LogStore<LinuxPlatform, LedgerIndex>
    let executor = QueryExecutor(ledger: ledgerID)
    private let directory: TemporaryDirectory
    private var events = EventBatch(capacity: 2_048)
    private var keyCount: UInt64 = 0
    /// One of each kind, by merchant.
    private(set) var payments: [MerchantID: [PaymentID]] = [:]
    private(set) var batches: [MerchantID: BatchID] = [:]

    private init(_ directory: TemporaryDirectory, _ opened: consuming OpenedLedger<LinuxPlatform>) {
        self.directory = directory
        log = opened.log
        ledger = opened.takeLedger()
    }

    static func make(memory: MemoryLimits = MemoryLimits()) throws -> QueryWorld {
        let directory = try TemporaryDirectory()
        var options = LogOptions()
        options.geometry.walBytes = 8 << 20
        let platform = LinuxPlatform(disk: try LinuxStorage(root: directory.path))
        let opened = try OpenedLedger.open(platform, options, memory, isTest: true)
        var world = QueryWorld(directory, opened)
        try world.openMerchants()
        for merchant in [Self.own, Self.foreign] { try world.fill(merchant) }
        return world
    }

    // MARK: Commands

    /// What must be done; the id of what the first event made.
    @discardableResult
    mutating func perform(_ request: Request, of merchant: MerchantID = .none) throws -> UInt64 {
        var command = Command(request)
        command.merchant = merchant
        command.actor = ActorID(raw: 1)
        keyCount += 1
        if request.operation.needsKey { command.key = Hash128(low: keyCount, high: 1) }
        events.removeAll()
        let made = ledger.state.next.raw
        let time = max(log.position.lastTime, ledger.state.time.nanoseconds) + 1
        let outcome = try ledger.decide(command, at: LedgerTime(nanoseconds: time), into: &events)
        guard case .done = outcome else { throw NotDone(what: "\(request.operation): \(outcome)") }
        _ = try log.append(EncodedGroup(events.bytes))
        return made
    }

    struct NotDone: Error { let what: String }

    private mutating func openMerchants() throws {
        for name in ["Own", "Foreign"] {
            var open = OpenMerchant()
            open.settings.name = Text(name) ?? Text()
            try perform(.openMerchant(open))
        }
        var acquirer = SetAcquirer()
        acquirer.settings.name = Text("Acquirer") ?? Text()
        try perform(.setAcquirer(acquirer))
        var span = SetHoldSpan()
        (span.network, span.span) = (.visa, .days(5))
        try perform(.setHoldSpan(span))
    }

    /// Three payments: one held, one captured and partly refunded, one disputed; a payout, an exception,
    /// terms and a key.
    private mutating func fill(_ merchant: MerchantID) throws {
        var ids: [PaymentID] = []
        for _ in 0..<3 { ids.append(try authorize(merchant)) }
        payments[merchant] = ids
        for id in ids.dropFirst() {
            var capture = CapturePayment()
            (capture.payment, capture.place) = (id, place)
            try perform(.capturePayment(capture), of: merchant)
        }
        batches[merchant] = ledger.state.batches(of: merchant, limit: 1).elements.first?.id
        var refund = RefundPayment()
        (refund.payment, refund.amount, refund.place) = (ids[1], 30, place)
        try perform(.refundPayment(refund), of: merchant)
        var dispute = OpenDispute()
        (dispute.payment, dispute.currency, dispute.amount) = (ids[2], Currency.eur.number, 40)
        dispute.stage = .chargeback
        try perform(.openDispute(dispute), of: merchant)
        try payOut(merchant)
        try setUp(merchant)
    }

    mutating func authorize(_ merchant: MerchantID) throws -> PaymentID {
        var body = RecordAuthorization()
        (body.order.amount, body.order.currency) = (100, Currency.eur.number)
        body.acquirer = AcquirerID(raw: 1)
        let sequence = try perform(.recordAuthorization(body), of: merchant)
        return PaymentID(createdBy: SequenceNumber(raw: sequence), shard: ledger.state.shard)
    }

    private var place: BatchPlace {
        var place = BatchPlace()
        place.closesAt = ledger.state.time.adding(.hours(12))
        return place
    }

    private mutating func payOut(_ merchant: MerchantID) throws {
        var correction = PostCorrection()
        correction.corrects = SequenceNumber(raw: ledger.state.next.raw - 1)
        (correction.approver, correction.reason) = (ActorID(raw: 2), Text("a gift") ?? Text())
        correction.legs.move(
            Amount(minorUnits: 500), debit: AccountID(.merchantAvailable, .eur, of: merchant),
            credit: AccountID(.ownFunds, .eur))
        try perform(.postCorrection(correction), of: merchant)
        var payout = CreatePayout()
        (payout.currency, payout.amount) = (Currency.eur.number, 200)
        try perform(.createPayout(payout), of: merchant)
    }

    private mutating func setUp(_ merchant: MerchantID) throws {
        var exception = OpenException()
        (exception.kind, exception.currency) = (.amountUnder, Currency.eur.number)
        (exception.expected, exception.actual) = (5, 4)
        try perform(.openException(exception), of: merchant)
        var terms = SetMerchantTerms()
        (terms.currency, terms.fee) = (Currency.eur.number, 14_000)
        try perform(.setMerchantTerms(terms), of: merchant)
        var key = CreateAPIKey()
        (key.publicID, key.actor) = (Hash128(low: merchant.raw, high: 9), ActorID(raw: 3))
        (key.name, key.scopes) = (Text("key") ?? Text(), Scopes.read.rawValue)
        let verifier = Hash128(low: 0x5EC2_E700_5EC2_E700, high: 0x5EC2_E701_5EC2_E701)
        key.storedKey = KeyVerifier(first: verifier, second: verifier)
        key.serverKey = key.storedKey
        try perform(.createAPIKey(key), of: merchant)
    }

    // MARK: Queries

    /// A key with these scopes: of a merchant, or of the whole ledger.
    static func asker(_ scopes: Scopes, of merchant: MerchantID = .none) -> Asker {
        Asker(key: APIKeyID(raw: 1), scopes: scopes, merchant: merchant, actor: ActorID(raw: 3))
    }

    /// Asks with the bytes of a body.
    mutating func ask(
        _ body: [UInt8], as asker: Asker, names: Names = names
    ) throws -> (outcome: QueryOutcome, bytes: [UInt8]) {
        var buffer = WireBuffer()
        let outcome = try unsafe executor.answer(
            body.span.bytes, for: asker, of: &ledger, names: names, into: &buffer)
        return (outcome, buffer.array)
    }

    /// Asks as somebody who must be answered.
    mutating func answer<Asked: Query>(
        _ query: Asked, as asker: Asker = asker(.all), names: Names = names
    ) throws -> Asked.Answer? {
        let (outcome, bytes) = try ask(Self.body(query, names), as: asker, names: names)
        guard case .answered = outcome else { throw NotDone(what: "\(Asked.kind): \(outcome)") }
        return try Self.read(Asked.self, bytes, position: ledger.state.next, names)
    }

    static func read<Asked: Query>(
        _ type: Asked.Type, _ bytes: [UInt8], position: SequenceNumber, _ names: Names = names
    ) throws -> Asked.Answer? {
        let message = try unsafe AnswerMessage<Asked>(reading: bytes.span.bytes, names: names)
        #expect(message.position == Position(position))
        return message.answer
    }

    static func body<Asked: Query>(_ query: Asked, _ names: Names = names) -> [UInt8] {
        var buffer = WireBuffer()
        QueryMessage.write(query, names: names, to: &buffer)
        return buffer.array
    }
}

extension WireBuffer {
    /// The bytes, copied.
    var array: [UInt8] {
        var cursor = WireCursor(bytes)
        do { return try cursor.array("all", count: count) } catch { return [] }
    }
}
