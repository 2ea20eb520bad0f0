public import Ledger
internal import Protocol

/// What a server said when the client came in: who it is, and what the key is good for.
public struct ClientSession: Equatable, Sendable {
    /// The bytes of the ledger's UUID.
    public let ledger: Hash128
    /// Which of the ledger's logs.
    public let shard: UInt16
    /// Name and version of the server.
    public let server: String
    /// Of the protocol that both speak.
    public let protocolVersion: UInt16
    /// What the key may be used for.
    public let scopes: Scopes
    /// Whose key it is; none: the whole ledger's.
    public let merchant: MerchantID
    /// Whom its commands are recorded under.
    public let actor: ActorID
    /// Of the next event, then: a sequence for keys that have audit or admin, else a token.
    public let position: UInt64

    init(_ challenge: Challenge, _ session: Session) {
        (ledger, shard, server) = (challenge.ledger, challenge.shard, challenge.server)
        protocolVersion = challenge.version
        scopes = Scopes(rawValue: session.scopes)
        (merchant, actor, position) = (session.merchant, session.actor, session.position)
    }

    /// Whether positions are sequences.
    var showsSequences: Bool { !scopes.isDisjoint(with: [.audit, .admin]) }

    /// Whether events come in the bytes of the log; else ids and positions in them are as outsiders see them.
    var seesLog: Bool { scopes.contains(.audit) && merchant.isNone }
}
