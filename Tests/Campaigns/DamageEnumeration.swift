import LogStore
import Simulation

/// Damages every file of a small log in every way, one at a time, and opens it.
///
/// The golden rule: what was acknowledged is readable with the same bytes, or opening is refused with a
/// verdict that names the place. The few bytes whose damage opening does not see are listed in `DamageMap`
/// and counted; reading must find them. Everything else stands in the table of `docs/formats/verdicts.md`.
package struct DamageEnumeration: Campaign {
    package let name = "damage-enumeration"

    package init() {}

    /// A unit, and the case to replay, is one kind of damage to one of the three logs: `plain: flipped bits`.
    package func run(share: Double, seed: UInt64, progress: CampaignProgress) -> CampaignResult {
        var subjects: [DamageSubject] = []
        do throws(LogStoreError) {
            for isEncrypted in [false, true] {
                subjects.append(try DamageSubject.make(isEncrypted: isEncrypted, seed: seed))
            }
            subjects.append(try DamageSubject.makeArchived(seed: seed))
        } catch {
            var result = CampaignResult()
            result.cases = 1
            result.fail(.init(replay: "plain", "the log to be damaged cannot be written: \(error)"))
            return result
        }
        // Of each kind all logs, one after the other: the long kinds begin first.
        var units: [(subject: DamageSubject, group: DamageGroup, seed: UInt64)] = []
        for (index, group) in DamageGroup.allCases.enumerated() {
            for (variant, subject) in subjects.enumerated() where subject.suffers(group) {
                let number = UInt64(variant * DamageGroup.allCases.count + index)
                units.append((subject, group, seed &+ number))
            }
        }
        if let only = progress.onlyCase {
            guard let unit = units.first(where: { Self.name($0.subject, $0.group) == only }) else {
                var result = CampaignResult()
                result.fail(.init(replay: only, "there is no such case"))
                return result
            }
            return Self.run(unit.group, of: unit.subject, share: share, seed: unit.seed)
        }
        return progress.forEachUnit(units.map { Self.name($0.subject, $0.group) }) { [units] index in
            Self.run(units[index].group, of: units[index].subject, share: share, seed: units[index].seed)
        }
    }

    private static func name(_ subject: DamageSubject, _ group: DamageGroup) -> String {
        "\(subject.name): \(group.rawValue)"
    }

    private static func run(
        _ group: DamageGroup, of subject: DamageSubject, share: Double, seed: UInt64
    ) -> CampaignResult {
        var result = CampaignResult()
        var bench = DamageBench(subject: subject, group: group, tally: DamageTally(share: share, seed: seed))
        bench.run { _ in }
        let tally = bench.tally
        result.cases = tally.cases
        for (what, value) in tally.counts { result.add(value, to: what) }
        for failure in tally.failures { result.fail(.init(replay: name(subject, group), failure)) }
        return result
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
    case archive = "archived months"
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
