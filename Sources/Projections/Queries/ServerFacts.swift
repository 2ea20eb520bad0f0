package import Ledger

// What a server looks at with every command, without copying rows.
extension LedgerState {
    /// How many commands a second a merchant may ask for; 0 if there is no limit, or no such merchant.
    @inline(__always)
    package func requestsPerSecond(of merchant: MerchantID) -> UInt32 {
        findMerchant(merchant).map { merchants[$0].settings.requestsPerSecond } ?? 0
    }

    /// The settings of a merchant; nil if there is none.
    package func settings(of merchant: MerchantID) -> MerchantSettings? {
        findMerchant(merchant).map { merchants[$0].settings }
    }

    /// The merchant, the acquirer and the API key added last; none if there is none.
    package var newestMerchant: MerchantID { .init(number: core.merchantCount, shard: shard) }
    package var newestAcquirer: AcquirerID { .init(number: core.acquirerCount, shard: shard) }
    package var newestAPIKey: APIKeyID {
        .init(number: UInt32(truncatingIfNeeded: apiKeys.count), shard: shard)
    }
}
