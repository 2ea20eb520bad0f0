import Ledger
import Server
import Testing

/// The table of who may do what, walked for every kind of key there can be.
@Suite struct AccessTableTests {
    static let own = MerchantID(raw: 1)
    static let foreign = MerchantID(raw: 2)

    @Test func `a key may do what its scope and its merchant say, and nothing else`() {
        for bits in UInt8(0)...15 {
            let scopes = Scopes(rawValue: bits)
            for bound in [MerchantID.none, Self.own] {
                let asker = Asker(key: APIKeyID(raw: 1), scopes: scopes, merchant: bound, actor: .none)
                for access in Access.allCases {
                    for named in [MerchantID.none, Self.own, Self.foreign] {
                        let isOwn = bound.isNone || bound == named && access.isForMerchants
                        #expect(
                            asker.may(access, for: named) == (scopes.contains(access.scope) && isOwn),
                            "\(scopes) of \(bound) for \(access) of \(named)")
                    }
                }
            }
        }
    }

    @Test func `no key of a merchant may ask for anything in another's name`() {
        for bits in UInt8(0)...15 {
            let asker = Asker(
                key: APIKeyID(raw: 1), scopes: Scopes(rawValue: bits), merchant: Self.own, actor: .none)
            for operation in Operation.allCases {
                #expect(!asker.may(Access(operation), for: Self.foreign), "\(operation)")
                #expect(!asker.may(Access(operation), for: .none), "\(operation)")
            }
        }
    }

    @Test func `what acquirers say is taken from no merchant's key`() {
        let asker = Asker(key: APIKeyID(raw: 1), scopes: .ofMerchant, merchant: Self.own, actor: .none)
        for operation in Operation.allCases where operation.isFact || operation.isOfLedger {
            #expect(!asker.may(Access(operation), for: Self.own), "\(operation)")
        }
        let allowed = Operation.allCases.filter { asker.may(Access($0), for: Self.own) }
        #expect(
            allowed == [
                .requestPayment, .completeAction, .incrementAuthorization, .voidPayment, .capturePayment,
                .voidCapture, .refundPayment, .submitEvidence, .acceptDispute, .submitDebit,
            ])
    }

    @Test func `one scope does not stand for another`() {
        for access in Access.allCases {
            let scopes = Scopes.all.subtracting(access.scope)
            let asker = Asker(key: APIKeyID(raw: 1), scopes: scopes, merchant: .none, actor: .none)
            #expect(!asker.may(access, for: Self.own), "\(access) without \(access.scope)")
        }
    }

    @Test func `the log as it is goes to auditors of the whole, a merchant's events to who may read them`() {
        for bits in UInt8(0)...15 {
            let scopes = Scopes(rawValue: bits)
            for bound in [MerchantID.none, Self.own] {
                let asker = Asker(key: APIKeyID(raw: 1), scopes: scopes, merchant: bound, actor: .none)
                for named in [MerchantID.none, Self.own, Self.foreign] {
                    let isOwn = bound == named || named.isNone
                    let expected: SubscriptionForm? =
                        switch (bound.isNone, scopes.contains(.audit), scopes.contains(.read)) {
                        case (true, true, _): .asLogged
                        case (true, false, true): named.isNone ? nil : .shown
                        case (false, _, true): isOwn ? .shown : nil
                        default: nil
                        }
                    #expect(
                        asker.form(ofSubscriptionTo: named) == expected, "\(scopes) of \(bound), \(named)")
                }
            }
        }
    }
}
