package import Ledger
package import Protocol

/// What a key must be good for to ask for something. The one table of who may do what: every operation,
/// query and subscription has its place in it, and a test walks it for every kind of key.
///
/// A key is of one merchant, or of the whole ledger. Whatever it asks for, a key of one merchant asks in that
/// merchant's name only: what names another is `forbidden`, and what is another's is unknown to the ledger.
package enum Access: CaseIterable, Sendable {
    /// Scope write; of one merchant's affairs, so that a key of that merchant will do.
    case merchantWrite
    /// Scope write of the whole ledger: who speaks for acquirers, banks and networks.
    case platformWrite
    /// Scope read; of one merchant's affairs.
    case merchantRead
    /// Scope read of the whole ledger.
    case platformRead
    /// Scope audit: everything there is, as it lies in the log.
    case audit
    /// Scope admin: the ledger's own affairs, and money that moves because a person says so.
    case admin

    /// The scope it takes. `admin` and `audit` do not stand for others: a key has what it was given.
    package var scope: Scopes {
        switch self {
        case .merchantWrite, .platformWrite: .write
        case .merchantRead, .platformRead: .read
        case .audit: .audit
        case .admin: .admin
        }
    }

    /// Whether a key of one merchant will do.
    package var isForMerchants: Bool {
        switch self {
        case .merchantWrite, .merchantRead: true
        case .platformWrite, .platformRead, .audit, .admin: false
        }
    }

    /// What an operation takes.
    package init(_ operation: Operation) {
        switch operation {
        // What merchants ask for.
        case .requestPayment, .completeAction, .incrementAuthorization, .voidPayment, .capturePayment,
            .voidCapture, .refundPayment, .submitDebit, .submitEvidence, .acceptDispute:
            self = .merchantWrite
        // What is said by, or on behalf of, acquirers, banks and networks; and what follows from it.
        case .recordAuthorization, .startAttempt, .claimAttempt, .answerAttempt, .loseAttempt,
            .answerInquiry, .declinePayment, .reversePayment, .answerReversal, .answerCapture, .submitRefund,
            .answerRefund, .closeBatch, .submitBatch, .acknowledgeBatch, .failBatch, .acceptItem,
            .rejectItem, .withdrawItem, .settleItem, .reconcileBatch, .matchCash, .netCost, .openDispute,
            .advanceDispute, .decideDispute, .pullDisputeFunds, .returnDisputeFunds, .returnDebit,
            .withholdReserve, .releaseReserve, .createPayout, .answerPayout, .openException, .changeCircuit:
            self = .platformWrite
        // What people decide, and how the ledger is set up.
        case .changeSettings, .setHoldSpan, .setAcquirer, .setRoute, .acceptTime, .digestState,
            .openMerchant, .changeMerchant, .setMerchantTerms, .freezeMerchant, .unfreezeMerchant,
            .closeMerchant, .decideReview, .moveOwnFunds, .writeOffDebt, .resolveException,
            .approveResolution, .postCorrection, .createAPIKey, .revokeAPIKey:
            self = .admin
        }
    }

    /// What a query takes.
    package init(_ kind: QueryKind) {
        switch kind {
        // What merchants see of themselves.
        case .merchant, .balances, .account, .pastBalance, .payment, .payments, .holds, .batches,
            .batchItems, .disputes, .payouts:
            self = .merchantRead
        // What is of all of them, or of none.
        case .status, .acquirers, .merchants, .trialBalance, .safeguarding, .exceptions:
            self = .platformRead
        case .digest: self = .audit
        case .settings, .apiKeys: self = .admin
        }
    }
}

/// How the events of a subscription are told.
package enum SubscriptionForm: CaseIterable, Sendable {
    /// In the bytes of the log.
    case asLogged
    /// With ids and positions as outsiders see them; events of one merchant only.
    case shown
}

extension Access {
    /// What a subscription takes.
    package init(_ form: SubscriptionForm) {
        switch form {
        case .asLogged: self = .audit
        case .shown: self = .merchantRead
        }
    }
}

/// Who asks, as the ledger knows the key: looked up with every request, so that a key that was revoked by
/// the command before is not good any more.
package struct Asker: Equatable, Sendable, BitwiseCopyable {
    package let key: APIKeyID
    package let scopes: Scopes
    /// Whose affairs; none: the whole ledger's.
    package let merchant: MerchantID
    package let actor: ActorID

    package init(key: APIKeyID, scopes: Scopes, merchant: MerchantID, actor: ActorID) {
        (self.key, self.scopes, self.merchant, self.actor) = (key, scopes, merchant, actor)
    }

    /// Whether it may ask for what takes `access`, in the name of `merchant`.
    ///
    /// - Parameter merchant: the one that is named; none if it is about no merchant, or about all of them.
    package func may(_ access: Access, for merchant: MerchantID) -> Bool {
        guard scopes.contains(access.scope) else { return false }
        return self.merchant.isNone || access.isForMerchants && self.merchant == merchant
    }

    /// Whether it sees positions as they are, and not through the cipher: who reads the log anyway.
    package var showsSequences: Bool { !scopes.isDisjoint(with: [.audit, .admin]) }

    /// How it is told the events of `merchant`; nil if it is not. None: of its own merchant, or of all.
    package func form(ofSubscriptionTo merchant: MerchantID) -> SubscriptionForm? {
        let whose = merchant.isNone ? self.merchant : merchant
        return SubscriptionForm.allCases.first { form in
            may(Access(form), for: whose) && (form == .asLogged || !whose.isNone)
        }
    }
}
