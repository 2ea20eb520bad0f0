package import Ledger
package import LogStore
package import Protocol
package import Replay

/// Answers what is asked of the state. Called by the thread that owns the state, in the order in which
/// commands and queries came in: an answer knows all events before it and none after.
///
/// What an answer tells may not be durable yet: whoever calls holds it back until it is, as with results.
/// Lists have pages of at most 100 things, and no answer is longer than 400 KB.
package struct QueryExecutor: Sendable {
    private let ledger: Hash128
    /// Behind the last event that a crash leaves, for `status`; whoever calls moves it on.
    package var durableEnd = SequenceNumber(raw: 0)

    /// - Parameter ledger: the bytes of its UUID.
    package init(ledger: Hash128) { self.ledger = ledger }

    /// Answers a query.
    ///
    /// - Parameters:
    ///   - body: of the frame, behind its trace context.
    ///   - asker: whose key is good now.
    ///   - names: as ids and positions are shown to the asker.
    ///   - buffer: gets the body of `answer` at its end, if there is one now; else nothing.
    /// - Throws: if a payment that left the memory does not come back: the machine's failure.
    package func answer<P: Platform>(
        _ body: RawSpan, for asker: Asker, of ledger: inout BoundedLedger<P>, names: Names,
        into buffer: inout WireBuffer
    ) throws(AtticError) -> QueryOutcome {
        var number: UInt16 = 0
        do throws(WireError) { number = try QueryMessage.kind(reading: body) } catch {
            return .failed(Failure(.malformedRequest, "\(error)"))
        }
        guard let kind = QueryKind(rawValue: number) else {
            return .failed(Failure(.unknownQuery, "queries of kind \(number) are not known"))
        }
        let server = ServerPosition(ledger: self.ledger, durableEnd: durableEnd)
        let call = QueryCall(body, asker, names, server)
        return try answer(kind, call, &ledger, &buffer)
    }

    /// The one list from kinds to their types.
    private func answer<P: Platform>(
        _ kind: QueryKind, _ call: QueryCall, _ ledger: inout BoundedLedger<P>, _ buffer: inout WireBuffer
    ) throws(AtticError) -> QueryOutcome {
        switch kind {
        case .status: try call.answer(StatusQuery.self, of: &ledger, into: &buffer)
        case .digest: try call.answer(DigestQuery.self, of: &ledger, into: &buffer)
        case .settings: try call.answer(SettingsQuery.self, of: &ledger, into: &buffer)
        case .apiKeys: try call.answer(APIKeysQuery.self, of: &ledger, into: &buffer)
        case .acquirers: try call.answer(AcquirersQuery.self, of: &ledger, into: &buffer)
        case .merchant: try call.answer(MerchantQuery.self, of: &ledger, into: &buffer)
        case .merchants: try call.answer(MerchantsQuery.self, of: &ledger, into: &buffer)
        case .balances: try call.answer(BalancesQuery.self, of: &ledger, into: &buffer)
        case .account: try call.answer(AccountQuery.self, of: &ledger, into: &buffer)
        case .pastBalance: call.hand(PastBalanceQuery.self, of: ledger.state)
        case .trialBalance: try call.answer(TrialBalanceQuery.self, of: &ledger, into: &buffer)
        case .safeguarding: try call.answer(SafeguardingQuery.self, of: &ledger, into: &buffer)
        case .payment: try call.answer(PaymentQuery.self, of: &ledger, into: &buffer)
        case .payments: try call.answer(PaymentsQuery.self, of: &ledger, into: &buffer)
        case .holds: try call.answer(HoldsQuery.self, of: &ledger, into: &buffer)
        case .batches: try call.answer(BatchesQuery.self, of: &ledger, into: &buffer)
        case .batchItems: try call.answer(BatchItemsQuery.self, of: &ledger, into: &buffer)
        case .disputes: try call.answer(DisputesQuery.self, of: &ledger, into: &buffer)
        case .exceptions: try call.answer(ExceptionsQuery.self, of: &ledger, into: &buffer)
        case .payouts: try call.answer(PayoutsQuery.self, of: &ledger, into: &buffer)
        }
    }
}

/// What became of a query.
package enum QueryOutcome: Sendable {
    /// Its answer is written.
    case answered
    /// It is not answered.
    case failed(Failure)
    /// Events have to be read for it: `HistoryExecutor` answers it, on another thread, once what the state
    /// knows is durable.
    case readsLog(HistoryTask)
}
