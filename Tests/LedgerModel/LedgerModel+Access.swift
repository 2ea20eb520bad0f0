// Who may ask.

package import Ledger

extension ModelState {
    /// What somebody asks with.
    package struct APIKey: Hashable, Sendable {
        package var id: APIKeyID
        package var merchant: MerchantID
        /// As it was told first, but for the actor: whoever it was, or the key's own number.
        package var words: CreateAPIKey
        package var created: LedgerTime
        package var isRevoked = false
    }
}

extension LedgerModel {
    /// Keys there may be.
    static var apiKeysMax: Int { 1_000_000 }

    func createAPIKey(_ body: CreateAPIKey, _ merchant: MerchantID) throws(Refusal) {
        if let known = state.apiKeys.first(where: { $0.words.publicID == body.publicID }) {
            let words = Self.settled(body, known.id)
            if known.merchant != merchant || known.words != words { throw Refusal(.apiKeyExists) }
            return
        }
        if state.apiKeys.count >= Self.apiKeysMax { throw Refusal(.tooManyAPIKeys) }
        let id = APIKeyID(number: UInt32(state.apiKeys.count + 1), shard: shard)
        let words = Self.settled(body, id)
        write(
            .apiKeyCreated, merchant: merchant,
            says: [
                "apiKey": id, "publicID": words.publicID, "name": words.name, "scopes": words.scopes,
                "actor": words.actor, "storedKey": words.storedKey, "serverKey": words.serverKey,
                "expiresAt": words.expiresAt,
            ])
        state.apiKeys.append(.init(id: id, merchant: merchant, words: words, created: lastTime))
    }

    func revokeAPIKey(_ body: RevokeAPIKey, _ merchant: MerchantID) throws(Refusal) {
        let place = state.apiKeys.firstIndex { key in
            key.id == body.apiKey && (merchant.isNone || merchant == key.merchant)
        }
        guard let place else { throw Refusal(.apiKeyUnknown) }
        if state.apiKeys[place].isRevoked { return }
        state.apiKeys[place].isRevoked = true
        write(
            .apiKeyRevoked, merchant: state.apiKeys[place].merchant,
            says: ["apiKey": body.apiKey, "reason": body.reason])
    }

    /// The same words, with the actor that nobody told.
    private static func settled(_ body: CreateAPIKey, _ id: APIKeyID) -> CreateAPIKey {
        var words = body
        if words.actor.isNone { words.actor = ActorID(raw: id.raw) }
        return words
    }
}

// Form.
extension LedgerModel {
    func checkAPIKey(_ body: CreateAPIKey, of merchant: MerchantID) throws(Refusal) {
        if body.publicID.isNone { throw Refusal(.malformed) }
        if body.name.isEmpty { throw Refusal(.textRequired) }
        // Write and read; for the ledger as a whole, audit and admin too.
        let scopes: ClosedRange<UInt8> = merchant.isNone ? 1...15 : 1...3
        if !scopes.contains(body.scopes) { throw Refusal(.scopesInvalid) }
        if body.storedKey.isNone || body.serverKey.isNone { throw Refusal(.malformed) }
    }
}
