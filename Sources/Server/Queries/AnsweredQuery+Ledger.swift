internal import Ledger
internal import LogStore
internal import Projections
internal import Protocol
internal import Replay

// The ledger itself, and who is paid.

extension StatusQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> StatusRecord? {
        var status = StatusRecord()
        status.ledger = server.ledger
        status.shard = ledger.state.shard.number
        status.next = Position(ledger.state.next)
        status.durableEnd = Position(server.durableEnd)
        status.time = ledger.state.time
        status.memory = ledger.state.memoryUse()
        status.count(ledger.state)
        return status
    }
}

extension StatusRecord {
    fileprivate mutating func count(_ state: borrowing LedgerState) {
        (merchants, acquirers) = (UInt64(state.merchants.count), UInt64(state.acquirers.count))
        (accounts, apiKeys) = (UInt64(state.accounts.count), UInt64(state.newestAPIKey.number))
        (payments, captures) = (UInt64(state.payments.count), UInt64(state.captures.count))
        (refunds, batches) = (UInt64(state.refunds.count), UInt64(state.batches.count))
        (disputes, exceptions) = (UInt64(state.disputes.count), UInt64(state.exceptions.count))
        (payouts, keys) = (UInt64(state.payouts.count), UInt64(state.keyCount))
        paymentsAway = state.absentPaymentCount
    }
}

extension DigestQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> DigestRecord? {
        let digest = ledger.state.digest
        var record = DigestRecord()
        (record.digest, record.rows) = (digest.value, digest.rowCount)
        return record
    }
}

extension SettingsQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> SettingsAnswer? {
        var answer = SettingsAnswer()
        (answer.settings, answer.holdSpans) = (ledger.state.settings, ledger.state.holdSpansSet)
        return answer
    }
}

extension APIKeysQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<APIKeyRecord, APIKeyID>? {
        let page = ledger.state.apiKeys(after: Cursor(raw: after.raw), limit: limit.pageLimit)
        return AnswerPage(page.elements.map(APIKeyRecord.init), next: APIKeyID(raw: page.next.raw))
    }
}

extension APIKeyRecord {
    fileprivate init(_ view: APIKeyView) {
        self.init()
        (key, publicID, name) = (view.id, view.publicID, view.name)
        (merchant, scopes, actor) = (view.merchant, view.scopes, view.actor)
        (createdAt, expiresAt, isRevoked) = (view.createdAt, view.expiresAt, view.isRevoked)
    }
}

extension AcquirersQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<AcquirerRecord, AcquirerID>? {
        let page = ledger.state.acquirers(after: Cursor(raw: after.raw), limit: limit.pageLimit)
        return AnswerPage(page.elements.map(AcquirerRecord.init), next: AcquirerID(raw: page.next.raw))
    }
}

extension AcquirerRecord {
    fileprivate init(_ row: AcquirerRow) {
        self.init()
        (settings, circuit) = (row.settings, row.circuit.state)
        (failures, until) = (row.circuit.failures, row.circuit.until)
    }
}

extension MerchantQuery: MerchantsOwnQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> MerchantAnswer? {
        guard let row = ledger.state.merchant(asker.named(merchant)) else { return nil }
        var answer = MerchantAnswer()
        (answer.merchant, answer.terms) = (MerchantRecord(row), ledger.state.terms(of: row.id))
        return answer
    }
}

extension MerchantsQuery: PlatformQuery {
    func answer<P: Platform>(
        _ asker: Asker, of ledger: inout BoundedLedger<P>, _ server: ServerPosition
    ) throws(AtticError) -> AnswerPage<MerchantRecord, MerchantID>? {
        let page = ledger.state.merchants(after: Cursor(raw: after.raw), limit: limit.pageLimit)
        return AnswerPage(page.elements.map(MerchantRecord.init), next: MerchantID(raw: page.next.raw))
    }
}

extension MerchantRecord {
    fileprivate init(_ row: MerchantRow) {
        self.init()
        (merchant, state, settings) = (row.id, row.state, row.settings)
    }
}
