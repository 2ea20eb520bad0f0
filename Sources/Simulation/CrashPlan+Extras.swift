// Images no honest disk leaves, for damage campaigns; see `CrashImages.Options`.
extension CrashPlan {
    static func extras(
        _ disk: SimulatedDisk, _ live: NameVariant, _ options: CrashImages.Options
    ) -> [Extra] {
        var random = SeededRandom(seed: options.seed ^ 0x7465_6172)
        var extras: [Extra] = []
        for (index, unit) in live.units.enumerated() {
            guard let sectorIndex = unit.sectorIndex, unit.liveOption > 0 else { continue }
            if options.tearsSectors {
                let random = 1 + random.below(PagedBytes.sectorByteCount - 1)
                for bytes in [4, 8, 256, 504, random] {
                    extras.append(.torn(unit: index, bytes: bytes, elseLive: true))
                }
                extras.append(.torn(unit: index, bytes: random, elseLive: false))
            }
            let file = disk.files[unit.slot]
            let sectorCount =
                (file.live.byteCount + PagedBytes.sectorByteCount - 1) / PagedBytes.sectorByteCount
            if options.misplacesWrites, sectorCount > 1 {
                let own = file.pendingSectors[sectorIndex].sector
                let other = random.below(sectorCount - 1)
                extras.append(.misplaced(unit: index, toSector: other < own ? other : other + 1))
            }
        }
        if options.losesWrites { extras += lostWrites(disk, live) }
        if extras.count <= options.sampleCount { return extras }
        extras.shuffle(using: &random)
        return Array(extras.prefix(options.sampleCount))
    }

    private static func lostWrites(_ disk: SimulatedDisk, _ live: NameVariant) -> [Extra] {
        var extras: [Extra] = []
        for slot in live.base.files.indices where !live.base.files[slot].isFree {
            let synced = disk.files[slot].lastSynced
            for sector in synced { extras.append(.lost(slot: slot, sectors: [sector])) }
            if synced.count > 1 { extras.append(.lost(slot: slot, sectors: synced)) }
        }
        return extras
    }

    func image(_ extra: Extra) -> SimulatedDisk {
        switch extra {
        case .torn(let unit, let bytes, let elseLive):
            var choice = elseLive ? liveChoice(liveVariant) : durableChoice(liveVariant)
            choice.options[unit] = variants[liveVariant].units[unit].liveOption
            var image = image(choice)
            let (slot, sector, before, after) = sectorContents(unit)
            image.files[slot].damage {
                $0.setSectorInside(sector, after.prefix(bytes) + before.dropFirst(bytes))
            }
            return image
        case .misplaced(let unit, let target):
            var choice = liveChoice(liveVariant)
            choice.options[unit] = 0
            var image = image(choice)
            let (slot, _, _, after) = sectorContents(unit)
            image.files[slot].damage { $0.setSectorInside(target, after[...]) }
            return image
        case .lost(let slot, let sectors):
            var image = image(liveChoice(liveVariant))
            image.files[slot].damage { content in
                for (sector, before) in sectors { content.setSectorInside(sector, before[...]) }
            }
            return image
        }
    }

    func describe(_ extra: Extra) -> String {
        switch extra {
        case .torn(let unit, let bytes, let elseLive):
            "\(describe(unit: unit, of: liveVariant)) torn after \(bytes) bytes, all else "
                + (elseLive ? "kept" : "lost")
        case .misplaced(let unit, let target):
            "\(describe(unit: unit, of: liveVariant)) written to sector \(target) instead"
        case .lost(let slot, let sectors):
            "synced write lost: \(path(of: slot, in: liveVariant)) sectors \(sectors.map { $0.sector })"
        }
    }

    private func sectorContents(_ unit: Int) -> (slot: Int, sector: Int, before: [UInt8], after: [UInt8]) {
        let unit = variants[liveVariant].units[unit]
        let file = source.files[unit.slot]
        // Extras are made of sector units with a live version only.
        let pending = file.pendingSectors[unit.sectorIndex ?? 0]
        return (
            unit.slot, pending.sector, file.durable.sector(pending.sector),
            pending.versions[unit.liveOption - 1].bytes
        )
    }
}

// Choices in words.
extension CrashPlan {
    func describe(_ choice: Choice) -> String {
        let variant = variants[choice.variant]
        var parts: [String] = []
        for (index, operation) in source.pendingNames.enumerated() {
            parts.append((variant.isKept[index] ? "kept " : "lost ") + operation.description)
        }
        for (index, unit) in variant.units.enumerated() {
            let option = choice.options[index]
            let what = describe(unit: index, of: choice.variant)
            if option == 0 {
                parts.append("lost \(what)")
            } else if let sectorIndex = unit.sectorIndex {
                let version = source.files[unit.slot].pendingSectors[sectorIndex].versions[option - 1]
                parts.append("kept \(what) of operation \(version.operation)")
            } else {
                parts.append("kept \(what) \(source.files[unit.slot].pendingSizes[option - 1])")
            }
        }
        return parts.isEmpty ? "nothing was pending" : parts.joined(separator: "; ")
    }

    func describe(unit: Int, of variant: Int) -> String {
        let unit = variants[variant].units[unit]
        let path = path(of: unit.slot, in: variant)
        guard let sectorIndex = unit.sectorIndex else { return "\(path) size" }
        return "\(path) sector \(source.files[unit.slot].pendingSectors[sectorIndex].sector)"
    }

    func path(of slot: Int, in variant: Int) -> String {
        let base = variants[variant].base
        return base.reachable(in: base.liveTables).first { $0.entry == .file(slot) }?.path ?? "file \(slot)"
    }
}

extension PagedBytes {
    /// Replaces a sector as far as the file goes; never changes the size.
    mutating func setSectorInside(_ index: Int, _ bytes: ArraySlice<UInt8>) {
        let count = byteCount
        if index * Self.sectorByteCount >= count { return }
        setSector(index, Array(bytes))
        if byteCount != count { resize(to: count) }
    }
}
