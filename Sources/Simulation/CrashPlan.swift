/// What a crash leaves open, worked out once per disk state, and the way from a choice to an image.
final class CrashPlan: Sendable {
    /// One choice: names, and an option for each unit of that variant.
    struct Choice: Hashable, Sendable {
        var variant: Int
        var options: [Int]
    }

    /// Something beyond the legal states, applied to the image in which everything visible survived, or (for
    /// a tear) to one in which nothing else did.
    enum Extra: Sendable {
        case torn(unit: Int, bytes: Int, elseLive: Bool)
        case misplaced(unit: Int, toSector: Int)
        case lost(slot: Int, sectors: [(sector: Int, before: [UInt8])])
    }

    let source: SimulatedDisk
    let options: CrashImages.Options
    let variants: [NameVariant]
    let liveVariant: Int
    let isExhaustive: Bool
    let extras: [Extra]

    init(_ disk: SimulatedDisk, _ options: CrashImages.Options) {
        source = disk
        self.options = options
        let limit = max(2, min(options.exhaustiveLimit, 1024))
        let (variants, isComplete) = disk.nameVariants(
            reordering: options.reordersMetadata, limit: limit, seed: options.seed)
        self.variants = variants
        liveVariant = disk.liveVariantIndex(in: variants)
        let total = variants.reduce(0) { sum, variant in
            let (next, overflows) = sum.addingReportingOverflow(variant.combinationCount)
            return overflows ? Int.max : next
        }
        isExhaustive = isComplete && total <= options.exhaustiveLimit
        extras = Self.extras(disk, variants[liveVariant], options)
    }

    func durableChoice(_ variant: Int) -> Choice {
        Choice(variant: variant, options: [Int](repeating: 0, count: variants[variant].units.count))
    }

    func liveChoice(_ variant: Int) -> Choice {
        Choice(variant: variant, options: variants[variant].units.map { $0.liveOption })
    }

    /// The disk after the crash; nothing is pending in it.
    func image(_ choice: Choice) -> SimulatedDisk {
        let variant = variants[choice.variant]
        var image = variant.base
        for file in variant.openFiles {
            image.files[file.slot] = source.files[file.slot].afterCrash(size: size(file, choice)) { index in
                choice.options[file.sectorUnits.lowerBound + index]
            }
        }
        return image
    }

    /// Choices with equal keys give equal disks: the size that results counts, not the one the inode kept; a
    /// sector beyond it counts not at all; of equal contents the first stands for all.
    func key(_ choice: Choice) -> Choice {
        let variant = variants[choice.variant]
        var key = choice
        for file in variant.openFiles {
            guard let sizeUnit = file.sizeUnit else { continue }
            let state = source.files[file.slot]
            let size = state.sizeAfterCrash(size: size(file, choice)) { index in
                choice.options[file.sectorUnits.lowerBound + index]
            }
            key.options[sizeUnit] = size
            for (index, unit) in file.sectorUnits.enumerated() where choice.options[unit] > 0 {
                let pending = state.pendingSectors[index]
                let bytes = pending.versions[choice.options[unit] - 1].bytes
                let isBeyond = pending.sector * PagedBytes.sectorByteCount >= size
                let first = pending.versions.firstIndex { $0.bytes == bytes } ?? 0
                key.options[unit] = isBeyond ? 0 : first + 1
            }
        }
        return key
    }

    func hasSizeChoice(_ variant: Int) -> Bool { variants[variant].openFiles.contains { $0.sizeUnit != nil } }

    private func size(_ file: OpenFile, _ choice: Choice) -> Int {
        let state = source.files[file.slot]
        guard let sizeUnit = file.sizeUnit, choice.options[sizeUnit] > 0 else {
            return state.durable.byteCount
        }
        return state.pendingSizes[choice.options[sizeUnit] - 1]
    }
}
