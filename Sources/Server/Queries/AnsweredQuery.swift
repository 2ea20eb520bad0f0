internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

/// A query that says in whose name it is asked.
protocol OwnedQuery: Query {
    /// The merchant that is named, by the query itself or by the key; none: it is about the whole ledger, or
    /// about what belongs to somebody else.
    func merchant(asking asker: Asker) -> MerchantID
}

/// A query that the state answers.
protocol AnsweredQuery: OwnedQuery {
    /// The answer to somebody who may ask; nil if there is none by that name, or it is another merchant's.
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> Answer?
}

/// A query whose answer is in the log; the state says where.
protocol LoggedQuery: OwnedQuery {
    func search(in state: borrowing LedgerState) -> HistorySearch
}

/// A query whose fields name a merchant, or leave it to the key.
protocol MerchantsOwnQuery: AnsweredQuery {
    var merchant: MerchantID { get }
}

/// A query about the whole ledger.
protocol PlatformQuery: AnsweredQuery {}

/// A query that names a thing: whose it is, is seen when it is found.
protocol ThingQuery: AnsweredQuery {}

extension MerchantsOwnQuery {
    func merchant(asking asker: Asker) -> MerchantID { asker.named(merchant) }
}

extension PlatformQuery {
    func merchant(asking asker: Asker) -> MerchantID { .none }
}

extension ThingQuery {
    func merchant(asking asker: Asker) -> MerchantID { asker.merchant }
}

extension Asker {
    /// Whether what belongs to a merchant is there for it at all.
    func sees(_ merchant: MerchantID) -> Bool { self.merchant.isNone || self.merchant == merchant }

    /// Whose things are asked for: the named merchant's, or else the key's.
    func named(_ merchant: MerchantID) -> MerchantID { merchant.isNone ? self.merchant : merchant }
}

/// What the state does not know of the server it is in.
struct ServerPosition {
    let ledger: Hash128
    /// Behind the last event that a crash leaves.
    let durableEnd: SequenceNumber
}

extension UInt16 {
    /// How many things a page has: what was asked for, 0 for as many as there may be.
    var pageLimit: Int { self == 0 ? LedgerState.pageSizeMax : Int(self) }
}

extension LedgerState {
    /// What `make` gives of a merchant; nil if there is no such merchant.
    borrowing func of<Answer>(_ merchant: MerchantID, _ make: (borrowing LedgerState) -> Answer) -> Answer? {
        settings(of: merchant) == nil ? nil : make(self)
    }
}
