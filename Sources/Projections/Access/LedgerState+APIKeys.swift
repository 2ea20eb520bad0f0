import Invariants
import Ledger

// Who may ask, and for what. Nobody is let in here: a server looks a key up and compares.
extension LedgerState {
    /// Most keys there may be, revoked and expired ones included, which are kept: the log is in their actors'
    /// names.
    package static var apiKeyCountMax: Int { 1_000_000 }

    // MARK: Deciding

    mutating func decideCreateAPIKey(_ request: CreateAPIKey, _ events: inout EventBatch) -> RefusalCode? {
        if let number = findAPIKey(publicID: request.publicID) {
            let known = apiKeys[number]
            let isSame =
                known.merchant == author.merchant
                && known.created == APIKeyCreated(request, as: known.created.apiKey)
            return isSame ? nil : .apiKeyExists
        }
        guard apiKeys.count < Self.apiKeyCountMax else { return .tooManyAPIKeys }
        write(APIKeyCreated(request, as: nextAPIKey), into: &events)
        return nil
    }

    mutating func decideRevokeAPIKey(_ request: RevokeAPIKey, _ events: inout EventBatch) -> RefusalCode? {
        guard let number = findAPIKey(request.apiKey),
            author.merchant.isNone || author.merchant == apiKeys[number].merchant
        else { return .apiKeyUnknown }
        if apiKeys[number].isRevoked { return nil }
        // Whoever reads a merchant's events finds the end of its keys among them, whoever ended them.
        author.merchant = apiKeys[number].merchant
        var fact = APIKeyRevoked()
        fact.apiKey = request.apiKey
        fact.reason = request.reason
        write(fact, into: &events)
        return nil
    }

    // MARK: Applying

    mutating func applyAPIKeyCreated(_ fact: APIKeyCreated, _ event: EventHead) {
        invariant(fact.apiKey == nextAPIKey, "API key \(fact.apiKey.raw) out of turn")
        var place = fact.publicID.low
        while apiKeys.find(place) != nil { place &+= 1 }
        apiKeys.insert(
            APIKeyRow(place: place, created: fact, merchant: event.context.merchant, createdAt: event.time))
    }

    mutating func applyAPIKeyRevoked(_ fact: APIKeyRevoked) {
        guard let number = findAPIKey(fact.apiKey) else { invariantViolated("no key \(fact.apiKey.raw)") }
        apiKeys.modify(number) { $0.isRevoked = true }
    }

    // MARK: What others ask

    /// Where the row of a key is: as with merchants.
    func findAPIKey(_ id: APIKeyID) -> RowNumber? {
        guard id.number > 0, id.number <= apiKeys.count, id == APIKeyID(number: id.number, shard: shard)
        else { return nil }
        return RowNumber(raw: id.number - 1)
    }

    /// Where the row of the key is that a client names like this.
    func findAPIKey(publicID: Hash128) -> RowNumber? {
        var place = publicID.low
        while let number = apiKeys.find(place) {
            if apiKeys[number].created.publicID == publicID { return number }
            place &+= 1
        }
        return nil
    }

    private var nextAPIKey: APIKeyID {
        APIKeyID(number: UInt32(truncatingIfNeeded: apiKeys.count + 1), shard: shard)
    }
}

extension APIKeyCreated {
    /// What is asked for, with a number of its own.
    fileprivate init(_ request: CreateAPIKey, as id: APIKeyID) {
        self.init()
        apiKey = id
        publicID = request.publicID
        name = request.name
        scopes = Scopes(rawValue: request.scopes)
        actor = request.actor.isNone ? ActorID(raw: id.raw) : request.actor
        storedKey = request.storedKey
        serverKey = request.serverKey
        expiresAt = request.expiresAt
    }
}
