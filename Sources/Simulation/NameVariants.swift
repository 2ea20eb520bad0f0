/// One legal outcome of a crash for the names, with what is then open in the files that have a name.
struct NameVariant: Sendable {
    /// Per pending name operation: did it survive?
    let isKept: [Bool]
    /// The disk with these names; its files still carry what is pending.
    let base: SimulatedDisk
    let units: [ChoiceUnit]
    let openFiles: [OpenFile]
    /// Combinations of the units' options, saturating.
    let combinationCount: Int
}

/// Something of a file a crash decides by itself.
struct ChoiceUnit: Sendable {
    let slot: Int
    /// Index among the file's pending sectors; nil: its size.
    let sectorIndex: Int?
    let optionCount: Int
    let liveOption: Int
}

/// A file with pending data and its stretch of the units: its sectors, then perhaps its size.
struct OpenFile: Sendable {
    let slot: Int
    let sectorUnits: Range<Int>
    let sizeUnit: Int?
}

extension SimulatedDisk {
    /// Every distinct set of names a crash may leave, the durable one first; and whether the list is complete
    /// (past `limit` it is a sample: every prefix of the order in time, and random legal subsets).
    func nameVariants(reordering: Bool, limit: Int, seed: UInt64) -> (
        variants: [NameVariant], isComplete: Bool
    ) {
        let dependencies = pendingNames.indices.map { later in
            (0..<later).filter { pendingNames[later].dependsOn(pendingNames[$0], reordering: reordering) }
        }
        var subsets = legalSubsets(dependencies, limit: limit)
        let isComplete = subsets != nil
        if subsets == nil { subsets = sampledSubsets(dependencies, limit: limit, seed: seed) }
        var seen: Set<[DirectoryTable]> = []
        var variants: [NameVariant] = []
        for isKept in subsets ?? [] {
            var tables = durableTables
            for (index, operation) in pendingNames.enumerated() where isKept[index] {
                operation.apply(to: &tables)
            }
            // Directories that lost their name differ by nothing anyone can see.
            let visible = reachableOnly(tables)
            if seen.insert(visible).inserted { variants.append(variant(isKept, visible)) }
        }
        return (variants, isComplete)
    }

    /// The place of the live names in the list.
    func liveVariantIndex(in variants: [NameVariant]) -> Int {
        let live = reachableOnly(liveTables)
        return variants.firstIndex { $0.base.liveTables == live } ?? variants.count - 1
    }

    /// Subsets that contain what each of their members depends on; nil if there are more than `limit`.
    private func legalSubsets(_ dependencies: [[Int]], limit: Int) -> [[Bool]]? {
        var subsets: [[Bool]] = [[]]
        for needed in dependencies {
            var longer: [[Bool]] = []
            longer.reserveCapacity(subsets.count * 2)
            for subset in subsets {
                longer.append(subset + [false])
                if needed.allSatisfy({ subset[$0] }) { longer.append(subset + [true]) }
            }
            if longer.count > limit { return nil }
            subsets = longer
        }
        return subsets
    }

    private func sampledSubsets(_ dependencies: [[Int]], limit: Int, seed: UInt64) -> [[Bool]] {
        let count = dependencies.count
        var subsets = (0...count).map { kept in (0..<count).map { $0 < kept } }
        var random = SeededRandom(seed: seed)
        while subsets.count < max(limit, count + 2) {
            var subset: [Bool] = []
            for needed in dependencies {
                subset.append(needed.allSatisfy { subset[$0] } && random.below(8) != 0)
            }
            subsets.append(subset)
        }
        return subsets
    }

    private func reachableOnly(_ tables: [DirectoryTable]) -> [DirectoryTable] {
        var visible = [DirectoryTable](repeating: DirectoryTable(), count: tables.count)
        visible[0] = tables[0]
        for (_, entry) in reachable(in: tables) {
            if case .directory(let slot) = entry { visible[slot] = tables[slot] }
        }
        return visible
    }

    private func variant(_ isKept: [Bool], _ tables: [DirectoryTable]) -> NameVariant {
        let base = afterCrash(tables: tables)
        var units: [ChoiceUnit] = []
        var openFiles: [OpenFile] = []
        for slot in base.files.indices where base.files[slot].hasPendingData {
            let file = base.files[slot]
            let first = units.count
            for (index, pending) in file.pendingSectors.enumerated() {
                units.append(
                    ChoiceUnit(
                        slot: slot, sectorIndex: index, optionCount: pending.versions.count + 1,
                        liveOption: pending.liveOption))
            }
            let sectorUnits = first..<units.count
            var sizeUnit: Int?
            if !file.pendingSizes.isEmpty {
                sizeUnit = units.count
                let live = file.pendingSizes.firstIndex(of: file.live.byteCount).map { $0 + 1 } ?? 0
                units.append(
                    ChoiceUnit(
                        slot: slot, sectorIndex: nil, optionCount: file.pendingSizes.count + 1,
                        liveOption: live))
            }
            openFiles.append(OpenFile(slot: slot, sectorUnits: sectorUnits, sizeUnit: sizeUnit))
        }
        let count = units.reduce(1) { product, unit in
            let (next, overflows) = product.multipliedReportingOverflow(by: unit.optionCount)
            return overflows ? Int.max : next
        }
        return NameVariant(
            isKept: isKept, base: base, units: units, openFiles: openFiles, combinationCount: count)
    }
}
