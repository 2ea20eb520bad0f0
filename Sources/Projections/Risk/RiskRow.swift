import Ledger

/// What was lately asked for with one card, or by one merchant, in one currency. 88 bytes, integers only.
///
/// An hour and a day are counted in two buckets each, the one that runs and the one before; what happened in
/// the window that ends now is the first and the share of the second that the window still covers. The
/// amounts' count, sum and sum of squares tell how far an amount is from the usual; they are halved when 64
/// are counted, so that what is old weighs less and nothing overflows.
struct RiskRow: TableRow {
    /// See `RiskSubject`.
    let key: UInt64
    /// Log time of the latest payment.
    var lastAt = LedgerTime.none
    /// Since the epoch, of the buckets that run.
    var hour: UInt32 = 0
    var day: UInt32 = 0
    var hourCount = Buckets<UInt32>()
    var dayCount = Buckets<UInt32>()
    /// Minor units; at most 2^64 − 1.
    var daySum = Buckets<UInt64>()
    /// Payments of a day just below the amount that has to be reported.
    var dayBelowLimit = Buckets<UInt16>()
    /// Of the latest request, ISO 3166 number; 0 if not told.
    var country: UInt16 = 0
    /// Amounts in the two sums, at most 63.
    var samples: UInt16 = 0
    var sum: UInt64 = 0
    private var squaresLow: UInt64 = 0
    private var squaresHigh: UInt64 = 0

    static var table: TableNumber { .riskWindows }

    init(key: UInt64) { self.key = key }

    /// The sum of the squares of the amounts. Two words, since a row is aligned to eight bytes.
    var squares: UInt128 {
        get { UInt128(squaresHigh) << 64 | UInt128(squaresLow) }
        set {
            squaresLow = UInt64(truncatingIfNeeded: newValue)
            squaresHigh = UInt64(truncatingIfNeeded: newValue >> 64)
        }
    }

    @inline(__always)
    func digest(into hasher: inout RowHasher) {
        hasher.combine(key)
        hasher.combine(lastAt)
        hasher.combine(UInt64(hour) << 32 | UInt64(day))
        hasher.combine(UInt64(hourCount.running) << 32 | UInt64(hourCount.before))
        hasher.combine(UInt64(dayCount.running) << 32 | UInt64(dayCount.before))
        hasher.combine(daySum.running)
        hasher.combine(daySum.before)
        let below = UInt64(dayBelowLimit.running) << 16 | UInt64(dayBelowLimit.before)
        hasher.combine(below << 32 | UInt64(country) << 16 | UInt64(samples))
        hasher.combine(sum)
        hasher.combine(squaresLow)
        hasher.combine(squaresHigh)
    }
}

/// What is counted: in the bucket that runs, and in the one before.
struct Buckets<Count: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: BitwiseCopyable,
    Sendable
{
    var running: Count = 0
    var before: Count = 0

    mutating func add(_ count: Count) {
        let (sum, overflow) = running.addingReportingOverflow(count)
        running = overflow ? .max : sum
    }

    /// Moves on by so many buckets.
    mutating func move(by steps: UInt32) {
        if steps == 0 { return }
        before = steps == 1 ? running : 0
        running = 0
    }

    /// How many in the window of `length`, that of a bucket, which ends at a time in the running one.
    func inWindow(endingAt time: LedgerTime, of length: LedgerSpan) -> Count {
        let length = length.nanoseconds
        let share = UInt128(before) * UInt128(length - time.nanoseconds % length) / UInt128(length)
        let (sum, overflow) = running.addingReportingOverflow(Count(truncatingIfNeeded: share))
        return overflow ? .max : sum
    }
}

extension RiskRow {
    /// What is counted of a payment.
    struct Counted {
        /// Minor units.
        let amount: UInt64
        /// Of the request, ISO 3166 number; 0 if not told.
        let country: UInt16
        let isJustBelowLimit: Bool

        init(_ terms: borrowing PaymentTerms) {
            amount = UInt64(terms.amount.minorUnits)
            country = terms.country
            isJustBelowLimit = ReportedAmount.isJustBelow(terms.amount, terms.currency)
        }
    }

    static var samplesMax: UInt16 { 64 }

    /// Makes the buckets those of a time, which is not before the latest.
    mutating func move(to time: LedgerTime) {
        let hour = UInt32(truncatingIfNeeded: time.hourNumber)
        let day = BusinessDay(containing: time).daysSinceEpoch
        hourCount.move(by: hour - self.hour)
        dayCount.move(by: day - self.day)
        daySum.move(by: day - self.day)
        dayBelowLimit.move(by: day - self.day)
        self.hour = hour
        self.day = day
    }

    /// Counts a payment in.
    mutating func count(_ counted: Counted, at time: LedgerTime) {
        move(to: time)
        hourCount.add(1)
        dayCount.add(1)
        daySum.add(counted.amount)
        if counted.isJustBelowLimit { dayBelowLimit.add(1) }
        if counted.country != 0 { country = counted.country }
        lastAt = time
        let amount = counted.amount
        samples += 1
        sum += amount
        squares += UInt128(amount) * UInt128(amount)
        if samples == Self.samplesMax {
            samples /= 2
            sum /= 2
            squares /= 2
        }
    }

    /// Whether an amount is more than three standard deviations from the mean of those counted, squared so
    /// that no root is drawn: (n·x − Σ)² > 9·(n·Σ² − (Σ)²). Never of fewer than `samplesMin`.
    func isUnusual(_ amount: Amount) -> Bool {
        guard samples >= Self.samplesMin else { return false }
        let (count, total) = (UInt128(samples), UInt128(sum))
        // Nobody can pay more; the rules may ask before a command's form is looked at.
        let scaled = count * UInt128(UInt64(min(amount, .payableMax).minorUnits))
        let distance = max(scaled, total) - min(scaled, total)
        let (first, second) = (count * squares, total * total)
        // Halving rounds, which may leave the variance of equal amounts a little below zero.
        let variance = first > second ? first - second : 0
        return distance * distance > 9 * variance
    }

    static var samplesMin: UInt16 { 8 }
}

/// The amount above which payments are reported (10,000.00), and the band below that hides from it.
enum ReportedAmount {
    /// Major units.
    private static var limit: Int64 { 10_000 }

    /// In minor units.
    static func limit(_ currency: Currency) -> Amount {
        var units = limit
        for _ in 0..<currency.exponent { units *= 10 }
        return Amount(minorUnits: units)
    }

    /// From 90 % of the limit up to the limit.
    static func isJustBelow(_ amount: Amount, _ currency: Currency) -> Bool {
        let limit = limit(currency).minorUnits
        return amount.minorUnits >= limit / 10 * 9 && amount.minorUnits <= limit
    }
}

/// Whose payments are counted together: the key of a row, mixed so that cards and merchants do not meet but
/// by a chance of 2^-64 a pair, which would do no more than count two together.
enum RiskSubject {
    static func card(_ fingerprint: UInt64, _ currency: Currency) -> UInt64 {
        (fingerprint &+ UInt64(currency.number).indexHash(seed: 1)).indexHash(seed: 1)
    }

    static func merchant(_ merchant: MerchantID, _ currency: Currency) -> UInt64 {
        TermsRow.key(merchant, currency).indexHash(seed: 2)
    }
}
