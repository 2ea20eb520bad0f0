import Invariants
package import Ledger

/// 96 bits of the keyed hash that an idempotency key is stored as: at 2.6 billion keys two agree with chance
/// 2^-35, and who does not know the secret cannot look for such a pair.
package struct KeyHash: IndexKey {
    let low: UInt64
    let high: UInt32

    init(_ hash: Hash128) {
        low = hash.low
        high = UInt32(truncatingIfNeeded: hash.high)
    }

    init(low: UInt64, high: UInt32) {
        self.low = low
        self.high = high
    }

    package func indexHash(seed: UInt64) -> UInt64 {
        Hash128(low: low, high: UInt64(high)).indexHash(seed: seed)
    }
}

/// What became of the command that used a key first.
package enum KeyOutcome: Equatable, Sendable, BitwiseCopyable {
    /// Not decided yet: the resource, as it is.
    case pending
    /// Done, for good.
    case done
    /// The payment was declined.
    case declined(DeclineCode)
    /// The payment was blocked.
    case blocked(DeclineCode)
    /// Refused.
    case refused(RefusalCode)
    /// Done at first, and come to nothing since: a refund or a payout that did not arrive, a capture that the
    /// acquirer did not take, a debit that came back.
    case failed
}

/// A key whose outcome is final. 24 bytes.
struct KeyRow: TableRow {
    private let low: UInt64
    /// 50 bits of sequence, 4 of kind of outcome, 10 of code.
    private let word: UInt64
    private let high: UInt32
    /// Half of the command's fingerprint, folded.
    let fingerprint: UInt32

    init(_ hash: KeyHash, fingerprint: UInt32, sequence: SequenceNumber, _ outcome: KeyOutcome) {
        low = hash.low
        high = hash.high
        self.fingerprint = fingerprint
        let (kind, code): (UInt64, UInt16) =
            switch outcome {
            case .pending: (0, 0)
            case .done: (1, 0)
            case .declined(let code): (2, code.rawValue)
            case .blocked(let code): (3, code.rawValue)
            case .refused(let code): (4, code.rawValue)
            case .failed: (5, 0)
            }
        invariant(sequence.raw < 1 << 50 && code < 1 << 10, "key at \(sequence.raw) with code \(code)")
        word = sequence.raw << 14 | kind << 10 | UInt64(code)
    }

    var hash: KeyHash { KeyHash(low: low, high: high) }
    var key: UInt64 { low }
    static var table: TableNumber { .keys }

    /// The event that used the key first.
    var sequence: SequenceNumber { SequenceNumber(raw: word >> 14) }

    var outcome: KeyOutcome {
        let code = UInt16(truncatingIfNeeded: word & 0x3FF)
        switch word >> 10 & 0xF {
        case 0: return .pending
        case 1: return .done
        case 2: return DeclineCode(rawValue: code).map { .declined($0) } ?? broken
        case 3: return DeclineCode(rawValue: code).map { .blocked($0) } ?? broken
        case 4: return RefusalCode(rawValue: code).map { .refused($0) } ?? broken
        case 5: return .failed
        default: return broken
        }
    }

    private var broken: KeyOutcome { invariantViolated("a key with outcome \(word & 0x3FFF)") }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(low)
        hasher.combine(word)
        hasher.combine(UInt64(high) << 32 | UInt64(fingerprint))
    }

    /// What is kept of a fingerprint.
    static func fold(_ fingerprint: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: fingerprint ^ fingerprint >> 32)
    }
}

/// A key whose outcome is open, found by what it waits for too. 24 bytes.
struct PendingKeyRow: TableRow {
    /// The event that used the key first; the payment, capture, refund or payout it made is named after it.
    let sequence: SequenceNumber
    private let low: UInt64
    private let high: UInt32
    let fingerprint: UInt32

    init(_ hash: KeyHash, fingerprint: UInt32, sequence: SequenceNumber) {
        low = hash.low
        high = hash.high
        self.fingerprint = fingerprint
        self.sequence = sequence
    }

    var hash: KeyHash { KeyHash(low: low, high: high) }
    var key: UInt64 { sequence.raw }
    static var table: TableNumber { .pendingKeys }

    func digest(into hasher: inout RowHasher) {
        hasher.combine(sequence.raw)
        hasher.combine(low)
        hasher.combine(UInt64(high) << 32 | UInt64(fingerprint))
    }
}
