import Ledger
import LedgerModel
import Projections

/// Lists of the state beside what the model says they are.
struct LockstepQueries {
    /// The first difference, in words; nil if there is none.
    static func difference(_ state: borrowing LedgerState, _ model: LedgerModel, limit: Int) -> String? {
        for merchant in model.state.merchants.keys.sorted() {
            if let found = batches(of: merchant, state, model, limit) { return found }
            if let found = disputes(of: merchant, state, model, limit) { return found }
            if let found = payouts(of: merchant, state, model, limit) { return found }
            if let found = holds(of: merchant, state, model, limit) { return found }
            if let found = balances(of: merchant, state, model) { return found }
        }
        return exceptions(state, model, limit) ?? apiKeys(state, model, limit)
    }

    /// Every element of a list, page by page.
    private static func all<Element>(_ page: (Cursor) -> Page<Element>) -> [Element] {
        var found: [Element] = []
        var cursor = Cursor.start
        repeat {
            let page = page(cursor)
            found += page.elements
            cursor = page.next
        } while !cursor.isStart
        return found
    }

    private static func compare(_ what: String, _ ours: [String], _ theirs: [String]) -> String? {
        ours == theirs ? nil : "\(what): \(ours), the model has \(theirs)"
    }

    private static func batches(
        of merchant: MerchantID, _ state: borrowing LedgerState, _ model: LedgerModel, _ limit: Int
    ) -> String? {
        let ours = all { state.batches(of: merchant, state: .open, after: $0, limit: limit) }
        let theirs = model.state.batches.filter {
            $0.value.key.merchant == merchant && $0.value.state == .open
        }
        return compare(
            "batches", ours.map { "\($0.id.raw)" }, theirs.keys.sorted(by: >).map { "\($0.raw)" })
    }

    private static func disputes(
        of merchant: MerchantID, _ state: borrowing LedgerState, _ model: LedgerModel, _ limit: Int
    ) -> String? {
        let ours = all { state.disputes(of: merchant, isOpen: true, after: $0, limit: limit) }
        let theirs = model.payments.filter { $0.merchant == merchant }.flatMap(\.disputes)
            .filter(\.isOpen).sorted { $0.id > $1.id }
        return compare(
            "disputes", ours.map { "\($0.id.raw) \($0.accepted.minorUnits) \($0.dueAt.nanoseconds)" },
            theirs.map { "\($0.id.raw) \($0.accepted) \($0.dueAt.nanoseconds)" })
    }

    private static func payouts(
        of merchant: MerchantID, _ state: borrowing LedgerState, _ model: LedgerModel, _ limit: Int
    ) -> String? {
        let ours = all { state.payouts(of: merchant, state: .created, after: $0, limit: limit) }
        let theirs = model.state.payouts.filter {
            $0.value.merchant == merchant && $0.value.state == .created
        }
        return compare(
            "payouts", ours.map { "\($0.id.raw) \($0.amount.minorUnits)" },
            theirs.sorted { $0.key > $1.key }.map { "\($0.key.raw) \($0.value.amount)" })
    }

    private static func holds(
        of merchant: MerchantID, _ state: borrowing LedgerState, _ model: LedgerModel, _ limit: Int
    ) -> String? {
        let ours = all { state.holds(of: merchant, after: $0, limit: limit) }
        // The first hold goes by its payment's id.
        let theirs = model.payments.filter { $0.merchant == merchant }.reversed().flatMap { payment in
            payment.holds.enumerated().filter { $0.element.left > 0 }
                .map { (id: $0.offset == 0 ? payment.id.raw : $0.element.id.raw, hold: $0.element) }
        }
        return compare(
            "holds", ours.map { "\($0.id.raw) \($0.held.minorUnits) \($0.expiresAt.nanoseconds)" },
            theirs.map { "\($0.id) \($0.hold.left) \($0.hold.ends.nanoseconds)" })
    }

    private static func balances(
        of merchant: MerchantID, _ state: borrowing LedgerState, _ model: LedgerModel
    ) -> String? {
        let theirs = model.state.sums.filter {
            $0.key.account.owner == .merchant && $0.key.owner == merchant.raw
        }
        return compare(
            "balances", state.balances(of: merchant).map { "\($0.id.raw) \($0.posted) \($0.pending)" },
            theirs.sorted { $0.key < $1.key }.map { "\($0.key.raw) \($0.value.posted) \($0.value.pending)" })
    }

    private static func exceptions(
        _ state: borrowing LedgerState, _ model: LedgerModel, _ limit: Int
    ) -> String? {
        let ours = all { state.openExceptions(after: $0, limit: limit) }
        let theirs = model.state.exceptions.filter { !$0.value.isResolved }
        return compare(
            "exceptions", ours.map { "\($0.id.raw)" }, theirs.keys.sorted(by: >).map { "\($0.raw)" })
    }

    /// In the list, by number and by the name that clients use.
    private static func apiKeys(
        _ state: borrowing LedgerState, _ model: LedgerModel, _ limit: Int
    ) -> String? {
        let listed = all { state.apiKeys(after: $0, limit: limit) }
        for key in listed where state.apiKey(key.id) != key || state.apiKey(publicID: key.publicID) != key {
            return "API key \(key.id.raw) is not found as \(key)"
        }
        let ours = listed.map { key in
            "\(key.id.raw) \(key.publicID) \(key.name) \(key.merchant.raw) \(key.scopes.rawValue) "
                + "\(key.actor.raw) \(key.storedKey) \(key.serverKey) \(key.createdAt.nanoseconds) "
                + "\(key.expiresAt.nanoseconds) \(key.isRevoked)"
        }
        let theirs = model.state.apiKeys.reversed().map { key in
            let told = key.words
            return "\(key.id.raw) \(told.publicID) \(told.name) \(key.merchant.raw) \(told.scopes) "
                + "\(told.actor.raw) \(told.storedKey) \(told.serverKey) \(key.created.nanoseconds) "
                + "\(told.expiresAt.nanoseconds) \(key.isRevoked)"
        }
        return compare("API keys", ours, theirs)
    }
}
