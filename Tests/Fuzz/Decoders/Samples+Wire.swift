import Ledger
import LogStore
import Protocol

// What is said on the wire.
extension Samples {
    static let keySecret = Hash128(low: 1, high: 2)

    static let apiKey: APIKey = {
        let secret = [UInt8](repeating: 5, count: 32)
        guard let key = APIKey(publicID: Hash128(low: 7, high: 8), secret: secret) else {
            invariantViolated("a key of 32 bytes is none")
        }
        return key
    }()

    /// One frame.
    static func frame(
        _ type: MessageType, request: UInt64 = 1, _ body: (inout WireBuffer) -> Void
    ) -> [UInt8] {
        var out = WireBuffer()
        let start = out.beginFrame()
        body(&out)
        out.endFrame(start, type, request: request)
        return out.copied
    }

    static let challenge = frame(.challenge, request: 0) { out in
        Challenge(
            version: 1, shard: 0, ledger: Hash128(low: 3, high: 4),
            nonce: [UInt8](repeating: 9, count: Scram.byteCount), limits: ConnectionLimits(),
            server: "fuzz"
        ).write(to: &out)
    }

    /// The body of `commands`: an authorization and a capture.
    static func commands(isAtomic: Bool) -> [UInt8] {
        var authorization = RecordAuthorization()
        (authorization.order.amount, authorization.order.currency) = (100, Currency.eur.number)
        authorization.acquirer = AcquirerID(raw: 1)
        var capture = CapturePayment()
        capture.payment = PaymentID(raw: 3)
        var out = WireBuffer()
        CommandsRequest.writeHead(isAtomic: isAtomic, key: isAtomic ? [65] : [], count: 2, to: &out)
        for (index, request) in [Request.recordAuthorization(authorization), .capturePayment(capture)]
            .enumerated()
        {
            var command = Command(request)
            command.merchant = MerchantID(raw: 1)
            [UInt8(65 + index)].withRawSpan {
                CommandsRequest.put(command, key: $0, names: .asShown, to: &out)
            }
        }
        return out.copied
    }

    /// The body of `commands` with one command that needs no key.
    static func put(_ command: Command, _ out: inout WireBuffer) {
        CommandsRequest.writeHead(isAtomic: false, count: 1, to: &out)
        [UInt8]().withRawSpan { CommandsRequest.put(command, key: $0, names: .asShown, to: &out) }
    }

    /// What a client says after the handshake.
    static let fromClient =
        frame(.ping) { $0.put(UInt32(7)) } + frame(.commands) { $0.put(commands(isAtomic: false)) }
        + frame(.query, request: 2) { QueryMessage.write(StatusQuery(), to: &$0) }
        + frame(.subscribe, request: 3) { Subscribe(position: 0, credit: 9).write(to: &$0) }
        + frame(.credit, request: 3) { $0.put(UInt32(5)) } + frame(.unsubscribe, request: 3) { _ in }

    /// What a server says after the handshake.
    static let fromServer =
        frame(.results) { out in
            ResultsHead.write(count: 1, to: &out)
            CommandResult(.done, events: 1, position: 4, made: 5).write(to: &out)
        }
        + frame(.events, request: 3) { out in
            let head = EventsHead.leaveRoom(in: &out)
            out.put(UInt64(0))
            out.put(event(type: 2, time: november, payload: [1, 2, 3]))
            EventsHead(start: 0, end: 1, count: 1).write(to: &out, at: head)
        }
        + frame(.progress, request: 3) { Progress(position: 1, durableEnd: 2).write(to: &$0) }
        + frame(.answer, request: 2) { out in
            AnswerMessage<StatusQuery>(position: Position(raw: 2), StatusRecord()).write(to: &out)
        }
        + frame(.failure, request: 4) { Failure(.busy, "later", retryMilliseconds: 5).write(to: &$0) }

    // MARK: Queries

    static func type(of kind: QueryKind) -> any FuzzedQuery.Type {
        switch kind {
        case .status: StatusQuery.self
        case .digest: DigestQuery.self
        case .settings: SettingsQuery.self
        case .apiKeys: APIKeysQuery.self
        case .acquirers: AcquirersQuery.self
        case .merchant: MerchantQuery.self
        case .merchants: MerchantsQuery.self
        case .balances: BalancesQuery.self
        case .account: AccountQuery.self
        case .pastBalance: PastBalanceQuery.self
        case .trialBalance: TrialBalanceQuery.self
        case .safeguarding: SafeguardingQuery.self
        case .payment: PaymentQuery.self
        case .payments: PaymentsQuery.self
        case .holds: HoldsQuery.self
        case .batches: BatchesQuery.self
        case .batchItems: BatchItemsQuery.self
        case .disputes: DisputesQuery.self
        case .exceptions: ExceptionsQuery.self
        case .payouts: PayoutsQuery.self
        }
    }
}

/// A query as the fuzzer sees it: bytes that are read, and are the same when they are written again.
protocol FuzzedQuery: Query {}

extension FuzzedQuery {
    static var sample: [UInt8] {
        var out = WireBuffer()
        QueryMessage.write(Self(), to: &out)
        return out.copied
    }

    static func isRead(_ body: RawSpan) -> Bool {
        guard let query = try? QueryMessage.read(body, as: Self.self) else { return false }
        var again = WireBuffer()
        QueryMessage.write(query, to: &again)
        expectSame(again.copied, body, "query")
        return true
    }

    static func isAnswerRead(_ body: RawSpan) -> Bool {
        guard let message = try? AnswerMessage<Self>(reading: body) else { return false }
        var again = WireBuffer()
        message.write(to: &again)
        expectSame(again.copied, body, "answer")
        return true
    }
}

extension StatusQuery: FuzzedQuery {}
extension DigestQuery: FuzzedQuery {}
extension SettingsQuery: FuzzedQuery {}
extension APIKeysQuery: FuzzedQuery {}
extension AcquirersQuery: FuzzedQuery {}
extension MerchantQuery: FuzzedQuery {}
extension MerchantsQuery: FuzzedQuery {}
extension BalancesQuery: FuzzedQuery {}
extension AccountQuery: FuzzedQuery {}
extension PastBalanceQuery: FuzzedQuery {}
extension TrialBalanceQuery: FuzzedQuery {}
extension SafeguardingQuery: FuzzedQuery {}
extension PaymentQuery: FuzzedQuery {}
extension PaymentsQuery: FuzzedQuery {}
extension HoldsQuery: FuzzedQuery {}
extension BatchesQuery: FuzzedQuery {}
extension BatchItemsQuery: FuzzedQuery {}
extension DisputesQuery: FuzzedQuery {}
extension ExceptionsQuery: FuzzedQuery {}
extension PayoutsQuery: FuzzedQuery {}
