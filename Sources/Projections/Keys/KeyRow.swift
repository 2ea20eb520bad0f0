import Invariants
package import Ledger

/// 96 bits of the keyed hash that an idempotency key is stored as: at 2.6 billion keys two agree with chance
/// 2^-35, and who does not know the secret cannot look for such a pair.
package struct KeyHash: IndexKey {
    package let low: UInt64
    package let high: UInt32

    package init(_ hash: Hash128) {
        low = hash.low
        high = UInt32(truncatingIfNeeded: hash.high)
    }

    package init(low: UInt64, high: UInt32) {
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
struct KeyRow: TableRow, Equatable {
    private let low: UInt64
    /// 50 bits of sequence, 4 of kind of outcome, 10 of code.
    let word: UInt64
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

    /// From a word of unknown origin; nil if no row has it.
    init?(_ hash: KeyHash, word: UInt64, fingerprint: UInt32) {
        guard Self.outcome(of: word) != nil else { return nil }
        (low, high) = (hash.low, hash.high)
        (self.word, self.fingerprint) = (word, fingerprint)
    }

    var hash: KeyHash { KeyHash(low: low, high: high) }
    var key: UInt64 { low }
    static var table: TableNumber { .keys }

    /// The event that used the key first.
    var sequence: SequenceNumber { SequenceNumber(raw: word >> 14) }

    var outcome: KeyOutcome {
        guard let outcome = Self.outcome(of: word) else {
            invariantViolated("a key with outcome \(word & 0x3FFF)")
        }
        return outcome
    }

    private static func outcome(of word: UInt64) -> KeyOutcome? {
        let code = UInt16(truncatingIfNeeded: word & 0x3FF)
        switch word >> 10 & 0xF {
        case 0: return .pending
        case 1: return .done
        case 2: return DeclineCode(rawValue: code).map { .declined($0) }
        case 3: return DeclineCode(rawValue: code).map { .blocked($0) }
        case 4: return RefusalCode(rawValue: code).map { .refused($0) }
        case 5: return code == 0 ? .failed : nil
        default: return nil
        }
    }

    @inline(__always)
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

/// A key that left the memory before it was forgotten: kept by whoever drives the state, and shown to
/// `decide` with a command that has the same key.
package struct AgedKey: Equatable, Sendable {
    let row: KeyRow
    /// Of log time since the epoch: when its outcome became final. Whole hours are forgotten.
    package let hour: UInt64

    init(_ row: KeyRow, hour: UInt64) {
        self.row = row
        self.hour = hour
    }

    /// From what `word` and the others gave; nil if the word is none of a key's.
    package init?(_ hash: KeyHash, word: UInt64, fingerprint: UInt32, hour: UInt64) {
        guard let row = KeyRow(hash, word: word, fingerprint: fingerprint) else { return nil }
        self.init(row, hour: hour)
    }

    /// The key.
    package var hash: KeyHash { row.hash }
    /// The event that used it first, and the outcome.
    package var word: UInt64 { row.word }
    /// Half of the command's fingerprint, folded.
    package var fingerprint: UInt32 { row.fingerprint }
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

    @inline(__always)
    func digest(into hasher: inout RowHasher) {
        hasher.combine(sequence.raw)
        hasher.combine(low)
        hasher.combine(UInt64(high) << 32 | UInt64(fingerprint))
    }
}
