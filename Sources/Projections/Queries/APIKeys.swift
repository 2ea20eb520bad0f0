package import Ledger

/// An API key as a server needs it to let somebody in, and as people look at it.
package struct APIKeyView: Hashable, Sendable {
    package let id: APIKeyID
    /// How a client names it.
    package let publicID: Hash128
    package let name: Text<40>
    /// Whose affairs it is for; none: the whole ledger's.
    package let merchant: MerchantID
    package let scopes: Scopes
    /// Who acts with it.
    package let actor: ActorID
    /// What RFC 5802 keeps of a secret; SHA-256.
    package let storedKey: KeyVerifier
    package let serverKey: KeyVerifier
    package let createdAt: LedgerTime
    /// From then on nobody may ask with it; none: never.
    package let expiresAt: LedgerTime
    package let isRevoked: Bool

    /// Whether somebody may ask with it at `time`: it is neither revoked nor over. The state has no clock,
    /// and nothing is written when a key is over.
    package func isUsable(at time: LedgerTime) -> Bool {
        !isRevoked && (expiresAt.isNone || time < expiresAt)
    }
}

// None of these costs more because there are more keys.
extension LedgerState {
    /// The key that a client names like this, usable or not; nil if there is none.
    package func apiKey(publicID: Hash128) -> APIKeyView? {
        findAPIKey(publicID: publicID).map { APIKeyView(apiKeys[$0]) }
    }

    /// The key of this number, usable or not; nil if there is none.
    package func apiKey(_ id: APIKeyID) -> APIKeyView? { findAPIKey(id).map { APIKeyView(apiKeys[$0]) } }

    /// All keys, newest first, those that are revoked or over included.
    package func apiKeys(after cursor: Cursor = .start, limit: Int) -> Page<APIKeyView> {
        var builder = PageBuilder<APIKeyView>(after: cursor, limit: limit)
        let last = APIKeyID(raw: cursor.raw).number
        var rest = cursor.isStart ? apiKeys.count : min(apiKeys.count, max(0, Int(last) - 1))
        // One more than the page has tells whether there is another.
        let end = max(0, rest - Self.pageSizeMax - 1)
        while rest > end {
            rest -= 1
            let key = APIKeyView(apiKeys[RowNumber(raw: UInt32(truncatingIfNeeded: rest))])
            builder.add(key.id.raw, key)
        }
        return builder.page
    }
}

extension APIKeyView {
    fileprivate init(_ row: APIKeyRow) {
        let key = row.created
        self.init(
            id: key.apiKey, publicID: key.publicID, name: key.name, merchant: row.merchant,
            scopes: key.scopes, actor: key.actor, storedKey: key.storedKey, serverKey: key.serverKey,
            createdAt: row.createdAt, expiresAt: key.expiresAt, isRevoked: row.isRevoked)
    }
}
