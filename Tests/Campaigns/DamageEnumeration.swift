import LogStore
import Simulation

/// Damages every file of a small log in every way, one at a time, and opens it.
///
/// The golden rule: what was acknowledged is readable with the same bytes, or opening is refused with a
/// verdict that names the place. The few bytes whose damage opening does not see are listed in `DamageMap`
/// and counted; reading must find them. Everything else stands in the table of `docs/formats/verdicts.md`.
package struct DamageEnumeration: Sendable {
    package static let name = "damage-enumeration"

    package init() {}

    /// - Parameters:
    ///   - share: 1 for every case with several bits per byte; less for a part spread over all groups.
    ///   - progress: told which group begins, and each failure as it is found.
    /// - Returns: `failures` holds the first of each group; `counts` what came of each group's cases.
    package func run(
        share: Double, seed: UInt64, progress: (String) -> Void
    ) -> (cases: Int, failures: [String], counts: [(String, Int)]) {
        var tally = DamageTally(share: share, seed: seed)
        for isEncrypted in [false, true] {
            let subject: DamageSubject
            do throws(LogStoreError) {
                subject = try DamageSubject.make(isEncrypted: isEncrypted, seed: seed)
            } catch {
                return (0, ["the log to be damaged cannot be written: \(error)"], [])
            }
            let kinds = subject.map.files.map { "\($0.path) \($0.byteCount)" }.joined(separator: ", ")
            progress("\(subject.name): \(subject.transcript.count) events in \(kinds)")
            for group in DamageGroup.allCases {
                progress("\(subject.name): \(group.rawValue)")
                var bench = DamageBench(subject: subject, group: group, tally: tally)
                bench.run(progress)
                tally = bench.tally
            }
        }
        return (tally.cases, tally.failures, tally.counts)
    }
}

/// Kinds of damage, in the order they are tried.
enum DamageGroup: String, CaseIterable, Sendable {
    case flips = "flipped bits"
    case zeroedSectors = "zeroed sectors"
    case swappedSectors = "swapped sectors"
    case cuts = "files cut short"
    case removals = "files removed"
    case splices = "frames from elsewhere"
    case rollbacks = "files from an earlier moment"
    case keys = "keys wrong or missing"
    case copies = "several copies bad"
    case names = "files that should not be"
    case writes = "misplaced and lost writes"
    case hostile = "hostile fields with right checksums"
}

/// Counts, and chooses the cases of a smaller share.
struct DamageTally {
    private(set) var cases = 0
    private(set) var failures: [String] = []
    private(set) var counts: [(String, Int)] = []
    let share: Double
    private var due: Double
    var random: SeededRandom
    private static let failuresPerGroup = 12
    private var failuresInGroup = 0

    init(share: Double, seed: UInt64) {
        self.share = min(1, max(0, share))
        random = SeededRandom(seed: seed)
        due = Double(seed % 97) / 97
    }

    /// Whether the next case is in the share. `weight` above 1 takes more of a group that has few cases.
    mutating func takes(weight: Double = 1) -> Bool {
        due += min(1, share * weight)
        guard due >= 1 else { return false }
        due -= 1
        return true
    }

    mutating func beginGroup() { failuresInGroup = 0 }

    mutating func count(_ what: String, _ value: Int = 1) {
        if let index = counts.firstIndex(where: { $0.0 == what }) {
            counts[index].1 += value
        } else {
            counts.append((what, value))
        }
    }

    mutating func note(_ group: String, _ came: String, failure: String?) {
        cases += 1
        count("\(group): \(came)")
        guard let failure else { return }
        count("\(group): FAILED")
        failuresInGroup += 1
        if failuresInGroup <= Self.failuresPerGroup { failures.append(failure) }
    }
}
