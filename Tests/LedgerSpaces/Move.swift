package import Ledger

/// One way of asking for an operation, whatever the state: its fields are worked out from the scene.
package struct Move: Sendable {
    /// Operation, and what is special about this one: `capturePayment part`.
    package let name: String
    package let operation: Operation
    /// Who asks.
    package let actor: UInt64
    /// Whether it is asked in no merchant's name, where most are in one's.
    let isOfNobody: Bool
    /// Whether it is asked in a merchant's name, though it is about the ledger.
    let isOfMerchant: Bool
    private let build: @Sendable (Scene) -> Request

    /// A move that fills in a body.
    static func make<Body: CommandBody>(
        _ wrap: @escaping @Sendable (Body) -> Request, _ variant: String = "", by actor: UInt64 = 1,
        isOfNobody: Bool = false, isOfMerchant: Bool = false,
        _ fill: @escaping @Sendable (inout Body, Scene) -> Void = { _, _ in }
    ) -> Move {
        let name = variant.isEmpty ? "\(Body.operation)" : "\(Body.operation) \(variant)"
        return Move(
            name: name, operation: Body.operation, actor: actor, isOfNobody: isOfNobody,
            isOfMerchant: isOfMerchant
        ) { scene in
            var body = Body()
            fill(&body, scene)
            return wrap(body)
        }
    }

    private init(
        name: String, operation: Operation, actor: UInt64, isOfNobody: Bool, isOfMerchant: Bool,
        build: @escaping @Sendable (Scene) -> Request
    ) {
        self.name = name
        self.operation = operation
        self.actor = actor
        self.isOfNobody = isOfNobody
        self.isOfMerchant = isOfMerchant
        self.build = build
    }

    /// What it asks for here.
    package func request(_ scene: Scene) -> Request { build(scene) }

    /// Whose ledger it is about.
    package var merchant: MerchantID {
        isOfNobody || operation.isOfLedger && !isOfMerchant ? .none : Scene.merchant
    }

    /// Every move of every operation, in their order.
    package static let all: [Move] = Operation.allCases.flatMap(of)

    /// The move of that name.
    package static func named(_ name: String) -> Move? { byName[name] }

    /// Amounts that only stories need: so much that it fits once and not twice.
    private static let ofStories: [Move] = [
        make(Request.refundPayment, "most") { body, scene in
            (body.payment, body.amount, body.place) = (scene.paymentID, 7_000, scene.place)
        },
        make(Request.capturePayment, "most") { body, scene in
            (body.payment, body.amount, body.isFinal) = (scene.paymentID, 7_000, false)
            body.place = scene.place
        },
        make(Request.createPayout, "most") { body, _ in (body.currency, body.amount) = (978, 6_000) },
        make(Request.startAttempt, "elsewhere") { body, scene in
            (body.payment, body.acquirer) = (scene.paymentID, Scene.onlineAcquirer)
            body.deadline = scene.after(30)
        },
    ]

    private static let byName = Dictionary(
        (all + ofStories).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}

extension LedgerPair {
    /// Does a move under a new key.
    @discardableResult
    package mutating func perform(_ move: Move) -> Told {
        perform(command(move.request(scene), of: move.merchant, by: move.actor))
    }
}
