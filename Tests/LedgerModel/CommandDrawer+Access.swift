// Who may ask.

import Ledger

extension CommandDrawer {
    mutating func drawAccess(_ operation: Operation, _ model: LedgerModel) -> Command? {
        switch operation {
        case .createAPIKey:
            if lots.happens(perMille: 350), let known = lots.one(of: model.state.apiKeys.suffix(20)) {
                return again(known, model)
            }
            return drawAPIKey(model)
        case .revokeAPIKey: return drawRevocation(model)
        default: return nil
        }
    }

    /// A new key: of the ledger or of a merchant, now and then with something wrong about it.
    private mutating func drawAPIKey(_ model: LedgerModel) -> Command {
        let isOfMerchant = lots.happens(perMille: 500)
        var body = CreateAPIKey()
        // Few lower halves, so that several keys would lie in one place.
        body.publicID = Hash128(low: lots.bits() % 5, high: lots.bits())
        body.name = Text(isOfMerchant ? "Till" : "Desk") ?? Text()
        body.scopes = UInt8(1 + lots.index(isOfMerchant ? 3 : 15))
        if lots.happens(perMille: 300) { body.actor = ActorID(raw: UInt64(1 + lots.index(9))) }
        body.storedKey = hash()
        body.serverKey = hash()
        if lots.happens(perMille: 500) { body.expiresAt = moment(within: 30 * 86_400) }
        switch lots.index(40) {
        case 0: body.publicID = .none
        case 1: body.name = Text()
        case 2: body.scopes = 0
        case 3: body.scopes = UInt8(4 + lots.index(28))
        case 4: body.storedKey = .none
        case 5: body.serverKey = .none
        default: break
        }
        var command = Command(.createAPIKey(body))
        if isOfMerchant { command.merchant = merchant(model) }
        return command
    }

    /// The same once more, with its actor told or not; or something else under its name.
    private mutating func again(_ known: ModelState.APIKey, _ model: LedgerModel) -> Command {
        var body = known.words
        if body.actor.raw == known.id.raw, lots.happens(perMille: 500) { body.actor = .none }
        var whose = known.merchant
        switch lots.index(14) {
        case 0: body.name = Text("Other") ?? Text()
        case 1: body.scopes ^= 1
        case 2: body.actor = ActorID(raw: 77)
        case 3: body.storedKey = hash()
        case 4: body.serverKey = hash()
        case 5: body.expiresAt = moment(within: 86_400)
        case 6: whose = whose.isNone ? merchant(model) : .none
        default: break
        }
        var command = Command(.createAPIKey(body))
        command.merchant = whose
        return command
    }

    /// Mostly by its merchant or by the ledger; sometimes by another's, or of a key that is not there.
    private mutating func drawRevocation(_ model: LedgerModel) -> Command {
        var body = RevokeAPIKey()
        let known = lots.one(of: model.state.apiKeys)
        body.apiKey = known?.id ?? APIKeyID(number: 1, shard: model.shard)
        if lots.happens(perMille: 60) {
            let number = UInt32(model.state.apiKeys.count + 1)
            body.apiKey =
                lots.happens(perMille: 500)
                ? APIKeyID(number: number, shard: model.shard) : APIKeyID(raw: lots.bits() % 3)
        }
        if !lots.happens(perMille: 60) { body.reason = Text("left the house") ?? Text() }
        var command = Command(.revokeAPIKey(body))
        switch lots.index(10) {
        case ..<5: command.merchant = known?.merchant ?? .none
        case 5: command.merchant = merchant(model)
        default: break
        }
        return command
    }

    private mutating func hash() -> KeyVerifier {
        KeyVerifier(
            first: Hash128(low: lots.bits(), high: lots.bits()),
            second: Hash128(low: lots.bits(), high: lots.bits()))
    }
}
