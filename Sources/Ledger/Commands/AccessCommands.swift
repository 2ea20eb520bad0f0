// Who may ask. The merchant of the command is the key's; none for a key of the whole ledger.

/// Adds an API key. Whoever asks has drawn its secret and tells what follows from it, never the secret; the
/// number is in the answer's event. Told again in the same words it exists.
public struct CreateAPIKey: CommandBody {
    /// How a client will name it: random.
    public var publicID: Hash128 = .none
    public var name = Text<40>()
    /// Bits of `Scopes`.
    public var scopes: UInt8 = 0
    /// Who acts with it; none: the actor with the key's own number.
    public var actor: ActorID = .none
    /// As RFC 5802 works it out with SHA-256.
    public var storedKey: KeyVerifier = .none
    public var serverKey: KeyVerifier = .none
    /// None: it never ends by itself.
    public var expiresAt: LedgerTime = .none

    /// Every field empty.
    public init() {}

    public static let operation = Operation.createAPIKey

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.hash("publicID", &publicID)
        try visitor.text("name", &name)
        try visitor.field("scopes", &scopes)
        try visitor.field("actor", &actor)
        try visitor.hash("storedKey", &storedKey)
        try visitor.hash("serverKey", &serverKey)
        try visitor.field("expiresAt", &expiresAt)
    }
}

/// Ends an API key, for ever. A merchant ends its own alone; the command without one ends any.
public struct RevokeAPIKey: CommandBody {
    public var apiKey: APIKeyID = .none
    public var reason = Text<120>()

    /// Every field empty.
    public init() {}

    public static let operation = Operation.revokeAPIKey

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("apiKey", &apiKey)
        try visitor.text("reason", &reason)
    }
}
