import Campaigns
import Foundation
import Invariants
import Ledger
import LogStore
import Projections
import Replay
import Simulation
import Testing

/// An auditor finds nothing wrong with a ledger that did nothing wrong, and names whatever else is planted.
@Suite struct LedgerAuditTests {
    private func audit(_ life: borrowing LoggedLife) -> AuditReport {
        LedgerAudit.run(ReplayLog(life.log), seed: 3)
    }

    @Test(arguments: [(31, false), (32, true), (33, false), (34, true), (36, false)])
    func `random lives hold, and their totals are what the state comes to`(
        seed: UInt64, isEncrypted: Bool
    ) throws {
        var life = try LoggedLife.open(seed: seed, isEncrypted: isEncrypted)
        try life.run(steps: 900)
        let report = audit(life)
        #expect(report.holds, "\(report.findings.prefix(3)) \(String(describing: report.failure))")
        #expect(report.opening?.isTest == true)
        #expect(report.state?.digest == life.state.digest)
        #expect(report.progress.digestCount > 0 && report.promiseCount > 100 && report.legCount > 100)
        #expect(report.progress.eventCount == report.months.reduce(0) { $0 + $1.eventCount })
        let lines = life.state.trialBalance
        #expect(report.trialBalance.map(\.account) == lines.map(\.account))
        #expect(report.trialBalance.map(\.currency) == lines.map(\.currency))
        #expect(report.trialBalance.map(\.sums.debitsPosted) == lines.map(\.debitsPosted))
        #expect(report.trialBalance.map(\.sums.creditsPending) == lines.map(\.creditsPending))
        #expect(report.state?.safeguarding == life.state.safeguarding)
        // What was charged in all months together is what is on the account.
        for line in report.trialBalance where line.account == .feeRevenue {
            let months = report.months.flatMap(\.currencies).filter { $0.currency == line.currency }
            #expect(months.reduce(0) { $0 + $1[.fees].amount } == -line.sums.posted)
        }
    }

    @Test func `a log that is only read is audited alike`() throws {
        var life = try LoggedLife.open(seed: 35, isEncrypted: true)
        try life.run(steps: 300)
        let log = try ReadOnlyLog(
            platform: life.platform, keys: .keyEncryptionKey(LoggedLife.key), geometry: .tiny)
        let report = LedgerAudit.run(ReplayLog(log), seed: 9)
        #expect(report.holds && report.state?.digest == life.state.digest)
    }

    // MARK: What is planted

    /// A life that went well until now; the audit of what is planted in it names the event.
    private func expectContradiction(
        _ kind: AuditFinding.Kind, saying words: String,
        _ plant: (inout LoggedLife) throws -> UInt64, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var life = try LoggedLife.open(seed: 40)
        try life.run(steps: 400)
        let sequence = try plant(&life)
        let files = life.log.parts.catalog.walFiles
        let file = try #require(files.last { $0.firstSequence <= sequence }?.path)
        let report = audit(life)
        let failure = report.failure
        #expect(failure == nil, "\(String(describing: failure))", sourceLocation: sourceLocation)
        let finding = try #require(report.findings.first, sourceLocation: sourceLocation)
        #expect(finding.kind == kind, sourceLocation: sourceLocation)
        #expect(finding.sequence == sequence && finding.file == file, sourceLocation: sourceLocation)
        #expect(finding.what.contains(words), "\(finding.what)", sourceLocation: sourceLocation)
        #expect(finding.description.hasPrefix("event \(sequence) in \(file): "))
        #expect(!report.holds, sourceLocation: sourceLocation)
    }

    @Test func `an account on the side it may never be on`() throws {
        try expectContradiction(.money, saying: "2020 of ") { life in
            var legs = Legs()
            legs.move(
                Amount(minorUnits: 900_000_000_000), debit: Self.available, credit: Self.cash)
            var fact = PayoutCreated()
            fact.amount = Amount(minorUnits: 900_000_000_000)
            return try life.forge(.payoutCreated(fact), legs: legs)
        }
    }

    @Test func `a digest that lies does not keep what comes after it from being looked at`() throws {
        try expectContradiction(.digest, saying: "the state before it is ") { life in
            var fact = StateDigested()
            fact.version = StateDigest.version
            fact.rows = 7
            let sequence = try life.forge(.stateDigested(fact))
            try life.run(steps: 20)
            return sequence
        }
    }

    @Test func `more given back than was ever captured`() throws {
        try expectContradiction(.promise, saying: " given back of ") { life in
            let payment = try #require(life.state.payments.firstRow().map { life.state.payments[$0].id })
            var fact = DisputeOpened()
            fact.stage = .chargeback
            fact.amount = Amount(minorUnits: 1_000_000_000_000)
            fact.accepted = fact.amount
            fact.dueAt = life.state.time.adding(.days(30))
            var context = EventContext()
            context.payment = payment
            return try life.forge(.disputeOpened(fact), context)
        }
    }

    @Test func `a log that holds no ledger has no opening`() throws {
        let platform = SimulatedPlatform(clock: SimulatedClock(step: 10), seed: 1)
        var options = LogOptions()
        options.geometry = .tiny
        options.runsThreads = false
        let log = try LogStore.open(platform: platform, options: options, index: NoIndex())
        let report = LedgerAudit.run(ReplayLog(log), seed: 1)
        #expect(report.opening == nil && report.progress.eventCount == 0)
    }

    @Test func `legs that do not sum to zero end the audit at their event`() throws {
        var life = try LoggedLife.open(seed: 42)
        try life.run(steps: 200)
        var legs = Legs()
        legs.add(Self.cash, 100)
        legs.add(AccountID(.ownFunds, .eur), -99)
        let sequence = try life.forge(.ownFundsMoved(OwnFundsMoved()), legs: legs)
        guard case .undecodable(let error, let place) = audit(life).failure else {
            Issue.record("\(String(describing: audit(life).failure))")
            return
        }
        #expect(error.field == "legs" && place.sequence == sequence && place.file != nil)
    }

    @Test func `an event nobody can apply ends the process as whoever asks decides`() async throws {
        let result = await #expect(processExitsWith: .exitCode(83), observing: [\.standardErrorContent]) {
            var life = try LoggedLife.open(seed: 43)
            try life.run(steps: 50)
            _ = try life.forge(.payoutPaid(PayoutPaid()))
            let log = ReplayLog(life.log)
            InvariantContext.whenReplayFails { sequence, what in
                FileHandle.standardError.write(Data("event \(sequence): \(what)".utf8))
                exit(83)
            }
            _ = LedgerAudit.run(log, seed: 1)
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.hasPrefix("event ") && !text.contains("invariant violated"), "\(text)")
    }

    @Test(arguments: [false, true])
    func `a flipped byte ends the audit where it lies, with totals up to there`(isEncrypted: Bool) throws {
        var life = try LoggedLife.open(seed: 44, isEncrypted: isEncrypted)
        try life.run(steps: 500)
        let entry = try #require(life.log.parts.catalog.manifests.first)
        let sequences = try #require(entry.entries.first).sequences
        var disk = life.platform.disk.disk
        disk.flipBit(ShardPaths(shard: 0).segment(entry.month, sequences), at: 4_096 + 700, bit: 3)
        let log = try ReadOnlyLog(
            platform: SimulatedPlatform(disk: SimulatedStorage(disk: disk), seed: 1),
            keys: isEncrypted ? .keyEncryptionKey(LoggedLife.key) : .none, geometry: .tiny)
        let report = LedgerAudit.run(ReplayLog(log), seed: 1)
        guard case .log(.damaged, let sequence) = report.failure else {
            Issue.record("\(String(describing: report.failure))")
            return
        }
        #expect(sequences.contains(sequence) && !report.holds && report.findings.isEmpty)
    }

    private static let available = AccountID(
        .merchantAvailable, .eur, of: MerchantID(number: 1, shard: LoggedLife.shard))
    private static let cash = AccountID(
        .cash, .eur, of: BankAccountID(number: 1, shard: LoggedLife.shard))
}

@Suite struct AuditBooksTests {
    private let merchant = MerchantID(number: 1, shard: Shard(number: 0))

    private func event(_ fact: Fact, at time: UInt64, _ build: (inout Legs) -> Void) -> Event {
        var event = Event(
            sequence: SequenceNumber(raw: time), time: LedgerTime(nanoseconds: time), fact: fact)
        build(&event.legs)
        return event
    }

    @Test func `legs that do not sum to zero are told by currency and layer`() {
        var books = AuditBooks()
        let found = books.take(
            event(.ownFundsMoved(OwnFundsMoved()), at: 1) { legs in
                legs.add(AccountID(.suspense, .eur), 5)
                legs.add(AccountID(.ownFunds, .eur), -5)
                legs.add(AccountID(.suspense, .usd), 7)
                legs.add(AccountID(.ownFunds, .usd), -3)
                legs.add(AccountID(.suspense, .usd), 2, .pending)
            })
        #expect(found == ["posted legs of USD come to 4", "pending legs of USD come to 2"])
    }

    @Test func `an account on a side it may not be on is told once, by number and owner`() {
        var books = AuditBooks()
        let found = books.take(
            event(.ownFundsMoved(OwnFundsMoved()), at: 1) { legs in
                legs.add(AccountID(.merchantAvailable, .eur, of: merchant), 3)
                legs.add(AccountID(.merchantAvailable, .eur, of: merchant), 2)
                legs.add(AccountID(.ownFunds, .eur), -5)
            })
        #expect(found == ["2020 of \(merchant.raw) in EUR stands at 5, 0 pending"])
    }

    @Test func `months are in order, currencies by number, fees net of what was given back`() throws {
        var books = AuditBooks()
        let start = LedgerTime(nanoseconds: 1_780_000_000_000_000_000)
        let next = LedgerMonth(containing: start).end
        let available = { (currency: Currency) in
            AccountID(.merchantAvailable, currency, of: merchant)
        }
        for (time, currency, fee) in [
            (start.nanoseconds, Currency.eur, Int64(30)), (start.nanoseconds + 1, .usd, 20),
            (start.nanoseconds + 2, .eur, -10), (next.nanoseconds, .eur, 1),
        ] {
            _ = books.take(
                event(.itemSettled(ItemSettled()), at: time) { legs in
                    legs.add(available(currency), fee)
                    legs.add(AccountID(.feeRevenue, currency), -fee)
                })
        }
        #expect(books.months.map(\.eventCount) == [3, 1])
        let first = try #require(books.months.first).currencies
        #expect(first.map(\.currency) == [.usd, .eur])
        #expect(first.map { $0[.fees].amount } == [20, 20])
        #expect(first.map { $0[.fees].count } == [1, 2])
    }

    @Test func `books that are not the state's are told by account`() {
        var books = AuditBooks()
        #expect(books.differences(from: LedgerState()) == [])
        _ = books.take(
            event(.ownFundsMoved(OwnFundsMoved()), at: 1) { legs in
                legs.add(AccountID(.suspense, .eur), 5)
                legs.add(AccountID(.ownFunds, .eur), -5)
            })
        let found = books.differences(from: LedgerState())
        #expect(found.count == 3)
        let zeros = "0/0, pending 0/0"
        let words = "1900 of the ledger in EUR: events come to 5/0, pending 0/0, the state says \(zeros)"
        #expect(found.first == words)
    }
}
