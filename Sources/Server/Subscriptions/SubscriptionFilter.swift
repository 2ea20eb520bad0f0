package import Ledger
internal import LogStore

/// Which events a subscription wants. Looks at bytes alone: what is not wanted is never decoded.
package struct SubscriptionFilter: Equatable, Sendable {
    /// Whose; none: everybody's, and the log's own acts.
    package let merchant: MerchantID
    /// Ascending; empty: all.
    package let types: [UInt16]

    package init(merchant: MerchantID, types: [UInt16]) {
        (self.merchant, self.types) = (merchant, types)
    }

    package var isAll: Bool { merchant.isNone && types.isEmpty }

    /// Whether an event, header and payload, is wanted.
    @inline(__always)
    package func wants(_ event: RawSpan) -> Bool {
        isAll || isWanted(event)
    }

    private func isWanted(_ event: RawSpan) -> Bool {
        let type = event.u16(0)
        return (types.isEmpty || isListed(type)) && (merchant.isNone || isOfMerchant(event, type))
    }

    private func isOfMerchant(_ event: RawSpan, _ type: UInt16) -> Bool {
        // What the flags mean is the ledger's; the log's own acts are nobody's.
        guard type < EventHeader.reservedTypeMin else { return false }
        let payload = event.extracting(EventHeader.byteCount..<event.byteCount)
        return Event.merchant(flags: event.u8(3), payload: payload) == merchant
    }

    private func isListed(_ type: UInt16) -> Bool {
        var (low, high) = (0, types.count)
        while low < high {
            let middle = (low + high) / 2
            if types[middle] < type { low = middle + 1 } else { high = middle }
        }
        return low < types.count && types[low] == type
    }
}
