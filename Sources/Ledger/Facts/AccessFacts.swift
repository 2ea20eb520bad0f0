// Who may ask.
//
// Each names its fields once, in the order of their bytes; what all events have is in `EventContext`.

/// Whoever has the secret of this key may ask for what its scopes say: of the event's merchant, or of the
/// whole ledger if it has none.
///
/// The secret itself, 256 random bits, is nowhere in the ledger. What is kept are the two values by which RFC
/// 5802 (SCRAM, here with SHA-256) lets a server recognize it and be recognized: nobody can log in with them.
public struct APIKeyCreated: FactBody {
    /// Counts up from 1.
    public var apiKey: APIKeyID = .none
    /// How a client names its key; random, chosen by whoever created it.
    public var publicID: Hash128 = .none
    /// For people.
    public var name = Text<40>()
    public var scopes = Scopes()
    /// Who acts with it.
    public var actor: ActorID = .none
    /// SHA-256 of the client's key.
    public var storedKey: KeyVerifier = .none
    /// What the server signs with.
    public var serverKey: KeyVerifier = .none
    /// From then on nobody may ask with it; none: never.
    public var expiresAt: LedgerTime = .none

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.apiKeyCreated

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("apiKey", &apiKey)
        try visitor.hash("publicID", &publicID)
        try visitor.text("name", &name)
        try visitor.field("scopes", &scopes)
        try visitor.field("actor", &actor)
        try visitor.hash("storedKey", &storedKey)
        try visitor.hash("serverKey", &serverKey)
        try visitor.field("expiresAt", &expiresAt)
    }
}

/// Nobody may ask with this key any more, for ever. The event is of the key's merchant.
public struct APIKeyRevoked: FactBody {
    public var apiKey: APIKeyID = .none
    public var reason = Text<120>()

    /// A fact with every field empty.
    public init() {}

    public static let type = FactType.apiKeyRevoked

    public mutating func visitFields<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
        try visitor.field("apiKey", &apiKey)
        try visitor.text("reason", &reason)
    }
}
