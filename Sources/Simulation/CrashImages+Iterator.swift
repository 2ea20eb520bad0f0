extension CrashImages {
    /// Walks the choices lazily; the images are made one at a time.
    package struct Iterator: IteratorProtocol {
        private let plan: CrashPlan
        private var seen: Set<CrashPlan.Choice> = []
        /// Exhaustive: the next combination, counted like an odometer. Sampled: unused.
        private var combination: CrashPlan.Choice?
        private var sampled: SampledChoices
        private var extraIndex = 0

        init(plan: CrashPlan) {
            self.plan = plan
            combination = plan.isExhaustive ? plan.durableChoice(0) : nil
            sampled = SampledChoices(plan)
        }

        package mutating func next() -> CrashImage? {
            while let choice = plan.isExhaustive ? takeCombination() : sampled.next() {
                // Without a choice of size, and counted, every combination is a different image.
                let mayRepeat = !plan.isExhaustive || plan.hasSizeChoice(choice.variant)
                if mayRepeat, !seen.insert(plan.key(choice)).inserted { continue }
                return CrashImage(plan: plan, choice: choice)
            }
            guard extraIndex < plan.extras.count else { return nil }
            extraIndex += 1
            return CrashImage(plan: plan, extra: plan.extras[extraIndex - 1])
        }

        private mutating func takeCombination() -> CrashPlan.Choice? {
            guard let current = combination else { return nil }
            let units = plan.variants[current.variant].units
            var following = current
            for index in units.indices {
                following.options[index] += 1
                if following.options[index] < units[index].optionCount {
                    combination = following
                    return current
                }
                following.options[index] = 0
            }
            combination =
                current.variant + 1 < plan.variants.count ? plan.durableChoice(current.variant + 1) : nil
            return current
        }
    }
}

/// The choices of the sampled mode, in a fixed order.
struct SampledChoices {
    private let plan: CrashPlan
    private var position = 0
    /// Variants whose single choices are walked: the durable and the live names.
    private let walked: [Int]

    init(_ plan: CrashPlan) {
        self.plan = plan
        if plan.options.walksSingles {
            walked = plan.liveVariant == 0 ? [0] : [0, plan.liveVariant]
        } else {
            walked = []
        }
    }

    mutating func next() -> CrashPlan.Choice? {
        defer { position += 1 }
        var index = position
        let ends = plan.variants.count * 2
        if index < ends { return index % 2 == 0 ? plan.durableChoice(index / 2) : plan.liveChoice(index / 2) }
        index -= ends
        for variant in walked {
            let count = plan.variants[variant].units.count * 2
            if index < count { return single(index, variant) }
            index -= count
        }
        return index < plan.options.sampleCount ? random(index) : nil
    }

    /// One unit alone kept (even index), or alone lost (odd).
    private func single(_ index: Int, _ variant: Int) -> CrashPlan.Choice {
        let unit = index / 2
        if index % 2 == 1 {
            var choice = plan.liveChoice(variant)
            choice.options[unit] = 0
            return choice
        }
        var choice = plan.durableChoice(variant)
        let own = plan.variants[variant].units[unit]
        // A unit that shows its durable content now may still have been something else in between.
        choice.options[unit] = own.liveOption > 0 ? own.liveOption : own.optionCount - 1
        return choice
    }

    private func random(_ index: Int) -> CrashPlan.Choice {
        var random = SeededRandom(seed: plan.options.seed &+ UInt64(index) &* 0xD134_2543_DE82_EF95)
        let variant = index % 4 == 0 ? random.below(plan.variants.count) : plan.liveVariant
        var choice = plan.durableChoice(variant)
        let units = plan.variants[variant].units
        switch index % 3 {
        case 0:
            for unit in units.indices { choice.options[unit] = random.below(units[unit].optionCount) }
        case 1:
            let outOf16 = 1 + random.below(15)
            for unit in units.indices where random.below(16) < outOf16 {
                choice.options[unit] = units[unit].liveOption
            }
        default: upToMoment(&choice, &random)
        }
        return choice
    }

    /// Everything written before one sector of the write order, nothing after: how an orderly device dies.
    private func upToMoment(_ choice: inout CrashPlan.Choice, _ random: inout SeededRandom) {
        let units = plan.variants[choice.variant].units
        var moments: [(operation: Int, unit: Int, option: Int)] = []
        for (index, unit) in units.enumerated() {
            guard let sectorIndex = unit.sectorIndex else {
                choice.options[index] = random.below(unit.optionCount)
                continue
            }
            let versions = plan.source.files[unit.slot].pendingSectors[sectorIndex].versions
            for (option, version) in versions.enumerated() {
                moments.append((version.operation, index, option + 1))
            }
        }
        moments.sort { ($0.operation, $0.unit, $0.option) < ($1.operation, $1.unit, $1.option) }
        for moment in moments.prefix(random.below(moments.count + 1)) {
            choice.options[moment.unit] = moment.option
        }
    }
}
