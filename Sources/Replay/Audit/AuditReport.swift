package import Ledger
package import LogStore
package import Projections

/// One thing an auditor found that cannot be.
package struct AuditFinding: Equatable, Sendable {
    /// What kind of rule was broken. Raw values are stable names.
    package enum Kind: String, Sendable {
        /// An event's legs, or an account after it.
        case money
        /// The state is not the one the ledger had.
        case digest
        /// What payments, captures, refunds and disputes may come to.
        case promise
        /// An event that cannot follow those before it.
        case order
        /// The auditor's books and the state differ.
        case books
    }

    package let kind: Kind
    /// The event after which it was found; nil for what was found at the end.
    package let sequence: UInt64?
    package let file: StoragePath?
    package let what: String

    init(kind: Kind, sequence: UInt64?, file: StoragePath?, what: String) {
        (self.kind, self.sequence, self.file, self.what) = (kind, sequence, file, what)
    }

    /// An event that cannot be applied.
    package init(sequence: UInt64, file: StoragePath?, what: String) {
        self.init(kind: .order, sequence: sequence, file: file, what: what)
    }

    package var description: String {
        let place = sequence.map { "event \($0)" + (file.map { " in \($0)" } ?? "") } ?? "at the end"
        return "\(place): \(what)"
    }
}

/// What replaying a whole ledger as an auditor found.
package struct AuditReport: Sendable {
    package let ledger: LogUUID
    /// The ledger's first event; nil if there is none.
    package internal(set) var opening: Opening?
    package internal(set) var progress: ReplayProgress
    /// What ended the reading before the end: damage, a missing key, an event nobody can read.
    package internal(set) var failure: ReplayError?
    /// Ordered by sequence; what was found at the end comes last. At most `AuditedLedger.findingsMax`.
    package internal(set) var findings: [AuditFinding] = []
    /// How many there were.
    package internal(set) var findingCount = 0
    package internal(set) var months: [AuditedMonth] = []
    package internal(set) var trialBalance: [AuditedBalance] = []
    /// Legs that were added up.
    package internal(set) var legCount: UInt64 = 0
    /// How often a payment was looked at after an event of its own.
    package internal(set) var promiseCount: UInt64 = 0
    /// As of the end; nil if the state was given up before.
    package internal(set) var state: State?

    /// How the ledger began.
    package struct Opening: Equatable, Sendable {
        package let sequence: UInt64
        package let time: LedgerTime
        package let isTest: Bool
    }

    /// What the rebuilt state says at the end.
    package struct State: Sendable {
        package let digest: StateDigest
        package let paymentCount: Int
        package let safeguarding: [Safeguarding]
    }

    /// Nothing read yet.
    ///
    /// - Parameter end: where it would be done.
    package init(ledger: LogUUID, end: UInt64) {
        self.ledger = ledger
        progress = ReplayProgress(0..<end)
    }

    /// Adds what ended the replay.
    package mutating func contradict(_ finding: AuditFinding) {
        findings.append(finding)
        findingCount += 1
    }

    /// Whether every event was read and nothing speaks against any of them.
    package var holds: Bool { failure == nil && findingCount == 0 }
}
