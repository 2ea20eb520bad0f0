/// Every disk a machine may find after a crash in this state, one by one.
///
/// **What is independent.** Each pending sector (512 B) of each file keeps its durable content or any content
/// it had since the last sync; each file keeps its durable size or any later one, at least up to the last
/// sector that survived; of the pending changes of names any prefix of each directory's list survives, a
/// rename across directories in both lists or in neither.
///
/// **How many.** If these choices have at most `exhaustiveLimit` combinations, each distinct image comes
/// exactly once. Otherwise: for every set of names all data lost and all data kept; with the oldest and the
/// newest names each single choice alone and all but one; then `sampleCount` random ones from the seed: any
/// mixture, mixtures leaning to one side, and everything up to a moment. No choice comes twice.
///
///     for crash in CrashImages(of: disk) {
///         let storage = SimulatedStorage(disk: crash.image)
///         … recover; on failure print crash.description
///     }
package struct CrashImages: Sequence {
    package struct Options: Sendable {
        package var exhaustiveLimit = 4096
        package var sampleCount = 256
        package var seed: UInt64 = 1
        /// Sampled: also each single choice alone, and all but one.
        package var walksSingles = true
        /// Changes of different names in one directory may survive in any order.
        package var reordersMetadata = false
        /// Also images in which one pending sector holds the first bytes of the new and the rest of the old.
        package var tearsSectors = false
        /// Also images in which one pending sector landed at another place of its file. Not a legal crash.
        package var misplacesWrites = false
        /// Also images that lack sectors of a file's last sync. Not a legal crash.
        package var losesWrites = false

        package init() {}

        package init(seed: UInt64, sampleCount: Int = 256) {
            self.seed = seed
            self.sampleCount = sampleCount
        }
    }

    private let plan: CrashPlan

    package init(of disk: SimulatedDisk, options: Options = Options()) { plan = CrashPlan(disk, options) }

    /// Whether every legal image comes (as far as `reordersMetadata` asks for).
    package var isExhaustive: Bool { plan.isExhaustive }

    package func makeIterator() -> Iterator { Iterator(plan: plan) }
}

/// One disk after a crash: nothing pending, ready for `SimulatedStorage(disk:)`.
package struct CrashImage: Sendable {
    package enum Kind: Sendable, Equatable {
        /// The device did what it must.
        case legal
        /// A sector was torn: not promised by devices, but seen.
        case tornSector
        /// The device is at fault: recovery must notice, not survive.
        case misplacedWrite, lostWrite
    }

    package let image: SimulatedDisk
    package let kind: Kind
    private let plan: CrashPlan
    private let choice: CrashPlan.Choice?
    private let extra: CrashPlan.Extra?

    init(plan: CrashPlan, choice: CrashPlan.Choice) {
        (self.plan, self.choice, extra) = (plan, choice, nil)
        image = plan.image(choice)
        kind = .legal
    }

    init(plan: CrashPlan, extra: CrashPlan.Extra) {
        (self.plan, choice, self.extra) = (plan, nil, extra)
        image = plan.image(extra)
        switch extra {
        case .torn: kind = .tornSector
        case .misplaced: kind = .misplacedWrite
        case .lost: kind = .lostWrite
        }
    }

    /// What was kept and what was lost, in words. Made on request: most images are never described.
    package var description: String {
        if let choice { return plan.describe(choice) }
        if let extra { return plan.describe(extra) }
        return ""
    }
}
