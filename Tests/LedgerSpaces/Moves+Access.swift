import Ledger
import LedgerModel

// Who may ask.
extension Move {
    static func ofAccess(_ operation: Operation) -> [Move] {
        switch operation {
        case .createAPIKey:
            [
                make(Request.createAPIKey) { body, _ in body = key(1, "Desk", .all) },
                make(Request.createAPIKey, "otherwise") { body, _ in body = key(1, "Office", [.audit]) },
                make(Request.createAPIKey, "of a merchant", isOfMerchant: true) { body, scene in
                    body = key(2, "Till", .ofMerchant)
                    body.expiresAt = LedgerTime(nanoseconds: LedgerPair.start.nanoseconds << 1)
                },
            ]
        default:
            [false, true].map { isOfMerchant in
                make(
                    Request.revokeAPIKey, isOfMerchant ? "by a merchant" : "", isOfMerchant: isOfMerchant
                ) { body, scene in
                    (body.apiKey, body.reason) = (scene.apiKeyID, text("lost"))
                }
            }
        }
    }

    private static func key(_ number: UInt64, _ name: StaticString, _ scopes: Scopes) -> CreateAPIKey {
        var body = CreateAPIKey()
        // All would lie in one place.
        body.publicID = Hash128(low: 1, high: number)
        body.name = text(name)
        body.scopes = scopes.rawValue
        let hash = Hash128(low: number, high: 7)
        body.storedKey = KeyVerifier(first: hash, second: .none)
        body.serverKey = KeyVerifier(first: .none, second: hash)
        return body
    }
}
