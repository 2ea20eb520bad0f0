import LogStore
import Simulation

// Damage that needs no knowledge of the format.

extension DamageBench {
    private static let sector = 512
    /// Files up to this size are cut at every byte.
    private static let smallFileByteCount = 4096

    /// Every byte of every file, one random bit (a full run: three). Spares by the sector: they are zeroed
    /// anew.
    mutating func flipBits() {
        let bitsPerByte = tally.share >= 1 ? 3 : 1
        for file in subject.map.files {
            let step = file.path.name.hasSuffix(".tmp") ? Self.sector : 1
            for offset in stride(from: 0, to: file.byteCount, by: step) {
                for _ in 0..<bitsPerByte where tally.takes(weight: file.weight) {
                    let bit = tally.random.below(8)
                    let damage = DamageCase(
                        path: file.path, what: "bit \(bit) of byte \(offset)",
                        allowed: file.outcome(of: offset..<offset + 1))
                    attempt(damage) { $0.flipBit(file.path, at: offset, bit: bit) }
                }
            }
        }
    }

    mutating func zeroSectors() {
        for file in subject.map.files {
            let bytes = subject.disk.bytes(of: file.path) ?? []
            for offset in stride(from: 0, to: file.byteCount, by: Self.sector) {
                let range = offset..<min(offset + Self.sector, file.byteCount)
                guard bytes[range].contains(where: { $0 != 0 }), tally.takes(weight: 100 * file.weight) else {
                    continue
                }
                let damage = DamageCase(
                    path: file.path, what: "sector at \(offset) zeroed",
                    allowed: outcome(of: range, in: file, bytes))
                attempt(damage) { $0.zeroSector(file.path, at: offset) }
            }
        }
    }

    /// What the loss of the bytes of `range` that are not zero may lead to.
    private func outcome(
        of range: Range<Int>, in file: DamageMap.File, _ bytes: [UInt8]
    ) -> DamageOutcome {
        var outcome: DamageOutcome = []
        for region in file.regions {
            let part = region.range.clamped(to: range)
            if bytes[part].contains(where: { $0 != 0 }) { outcome.formUnion(region.outcome) }
        }
        return outcome
    }

    mutating func swapSectors() {
        for file in subject.map.files where !file.path.name.hasSuffix(".tmp") {
            let bytes = subject.disk.bytes(of: file.path) ?? []
            let sectors = stride(from: 0, to: file.byteCount / Self.sector * Self.sector, by: Self.sector)
            for first in sectors {
                for second in sectors where second > first {
                    let (left, right) = (first..<first + Self.sector, second..<second + Self.sector)
                    guard bytes[left] != bytes[right], tally.takes(weight: 4 * file.weight) else { continue }
                    let damage = DamageCase(
                        path: file.path, what: "sectors at \(first) and \(second) exchanged",
                        allowed: outcomeOfSwap(file, left, right))
                    attempt(damage) { $0.swapSectors(file.path, at: first, and: second) }
                }
            }
        }
    }

    private func outcomeOfSwap(
        _ file: DamageMap.File, _ left: Range<Int>, _ right: Range<Int>
    ) -> DamageOutcome {
        let slot = WatermarkSlot.byteCount
        if file.kind == .watermark, left.lowerBound / slot != right.lowerBound / slot {
            // All that slots say is in their first sectors: these exchanged are the slots exchanged, whole,
            // and which of the two places a slot is in means nothing.
            return left.lowerBound % slot == 0 && right.lowerBound % slot == 0 ? .opens : .ambiguous
        }
        return file.outcome(of: left).union(file.outcome(of: right))
    }

    /// Small files at every byte, others at every sector and one byte to either side.
    mutating func cutFiles() {
        for file in subject.map.files {
            var points = Array(0..<min(file.byteCount, Self.smallFileByteCount))
            for offset in stride(from: Self.smallFileByteCount, to: file.byteCount, by: Self.sector) {
                points += [offset - 1, offset, offset + 1]
            }
            for point in points where point < file.byteCount && tally.takes(weight: 8 * file.weight) {
                let damage = DamageCase(
                    path: file.path, what: "cut to \(point) bytes", allowed: outcomeOfCut(file, at: point))
                attempt(damage) { $0.cut(file.path, at: point) }
            }
        }
    }

    private func outcomeOfCut(_ file: DamageMap.File, at point: Int) -> DamageOutcome {
        switch file.kind {
        // The size is checked against the manifest before anything else.
        case .segment: .sealed
        case .watermark where point < WatermarkSlot.byteCount: .ambiguous
        case .superblock where point < 2 * Superblock.byteCount: .superblock
        case .wal(isNewest: true) where file.outcome(of: point..<file.byteCount) == .opens: .ambiguous
        case .wal: Self.worst(file.outcome(of: point..<file.byteCount))
        default: file.outcome(of: point..<file.byteCount)
        }
    }

    /// Where events are lost, that the rest does not matter is no excuse.
    private static func worst(_ outcome: DamageOutcome) -> DamageOutcome {
        outcome.contains(.committed) ? .committed : outcome
    }

    mutating func removeFiles() {
        for file in subject.map.files {
            let allowed: DamageOutcome =
                switch file.kind {
                case .superblock: .superblock
                case .watermark: .ambiguous
                case .keyring: [.reports, .opens]
                case .signingKey: .keyring
                case .manifest, .statement, .segment: .sealed
                case .wal: .committed
                // That there was one is known to nobody.
                case .checkpoint, .scrub, .tile, .snapshot, .immaterial: .opens
                case .stub: .found
                }
            var damage = DamageCase(path: file.path, what: "removed", allowed: allowed, livesOn: true)
            // What is missing is named by what stands next to it; only of a stub the manifest has the name.
            damage.namesFile = file.kind == .stub
            attempt(damage) { $0.removeFile(file.path) }
        }
        removeTogether("every write-ahead file", .committed) { $0.name.hasSuffix(".wal") }
        removeTogether("every manifest", .sealed) { $0.name == "PARTITION" }
        removeTogether("every segment", .sealed) { $0.name.hasSuffix(".seg") }
        if subject.archive != nil {
            removeTogether("every stub", .found) { $0.name.hasSuffix(".stub") }
            removeTogether("every tile", .opens) { $0.description.contains("/tiles/") }
        }
        removeTogether("the newest month", .sealed) { $0.parent.name == "2026-12" }
        removeTogether("every month", [.sealed, .committed]) { $0.description.contains("/log/") }
        removeTogether("the superblock and every month", .superblock) {
            $0.name == "superblock" || $0.description.contains("/log/")
        }
        removeTogether("the superblock and every write-ahead file", .superblock) {
            $0.name == "superblock" || $0.name.hasSuffix(".wal")
        }
    }

    private mutating func removeTogether(
        _ what: String, _ allowed: DamageOutcome, _ isMeant: (StoragePath) -> Bool
    ) {
        var damage = DamageCase(path: ShardPaths.root, what: "\(what) removed", allowed: allowed)
        damage.namesFile = false
        let meant = subject.map.files.map(\.path).filter(isMeant)
        attempt(damage) { disk in for path in meant { disk.removeFile(path) } }
    }

    /// Every frame over every other place of a frame, and behind the end of the active file.
    mutating func spliceFrames() {
        let files = subject.map.writeAheadFiles
        for source in files {
            for frame in source.frames {
                for target in files {
                    let end = target.frames.last?.upperBound ?? FileHeader.byteCount
                    for place in target.frames.map(\.lowerBound) + [end] {
                        splice(source, frame, to: target, at: place)
                    }
                }
            }
        }
    }

    private mutating func splice(
        _ source: DamageMap.File, _ frame: Range<Int>, to target: DamageMap.File, at place: Int
    ) {
        let range = place..<place + frame.count
        guard source.path != target.path || frame.lowerBound != place, range.upperBound <= target.byteCount,
            tally.takes(weight: 40)
        else { return }
        let damage = DamageCase(
            path: target.path, what: "frame at \(frame.lowerBound) of \(source.path.name) put at \(place)",
            allowed: Self.worst(target.outcome(of: range)))
        attempt(damage) { $0.copyRange(from: source.path, frame, to: target.path, at: place) }
    }

    // MARK: Earlier moments

    mutating func rollBack() {
        for (moment, earlier) in subject.earlier {
            for file in subject.map.files {
                guard let bytes = earlier.bytes(of: file.path), bytes != subject.disk.bytes(of: file.path)
                else {
                    continue
                }
                var damage = DamageCase(
                    path: file.path, what: "as it was \(moment)", allowed: outcomeOfRollback(file),
                    livesOn: true)
                damage.namesFile = file.kind != .superblock
                attempt(damage) { $0.placeFile(file.path, bytes) }
            }
            rollBackTogether(moment, earlier, "superblock and watermark") {
                $0.name == "superblock" || $0.name == "watermark"
            }
            rollBackTogether(moment, earlier, "superblock and manifests") {
                $0.name == "superblock" || $0.name == "PARTITION"
            }
            rollBackTogether(moment, earlier, "keys") { $0.parent == ShardPaths.keys }
        }
    }

    private func outcomeOfRollback(_ file: DamageMap.File) -> DamageOutcome {
        switch file.kind {
        // Older than a file or manifest it must know, or merely not the last one written.
        case .superblock: [.superblock, .sealed, .keyring, .opens]
        // Evidence is weaker, nothing is lost.
        case .watermark, .checkpoint, .scrub, .tile, .snapshot: .opens
        case .manifest, .statement, .segment: .sealed
        case .stub: .found
        case .wal: [.committed, .opens]
        case .keyring, .signingKey: .keyring
        case .immaterial: .opens
        }
    }

    private mutating func rollBackTogether(
        _ moment: String, _ earlier: SimulatedDisk, _ what: String, _ isMeant: (StoragePath) -> Bool
    ) {
        let before = earlier.paths.filter(isMeant)
        let now = subject.disk.paths.filter(isMeant)
        guard before != now || before.contains(where: { earlier.bytes(of: $0) != subject.disk.bytes(of: $0) })
        else { return }
        var damage = DamageCase(
            path: ShardPaths.root, what: "\(what) as they were \(moment)",
            allowed: [.superblock, .sealed, .keyring, .opens], livesOn: true)
        damage.namesFile = false
        let earlierFiles = before.map { ($0, earlier.bytes(of: $0) ?? []) }
        attempt(damage) { disk in
            for path in now { disk.removeFile(path) }
            for (path, bytes) in earlierFiles { disk.placeFile(path, bytes) }
        }
    }

    // MARK: Lost writes

    /// A device that loses a synced write, or puts one sector elsewhere: what anything had recorded stays.
    mutating func loseWrites() {
        var choice = CrashImages.Options(seed: tally.random.next(), sampleCount: 24)
        choice.exhaustiveLimit = 24
        choice.misplacesWrites = true
        choice.losesWrites = true
        choice.tearsSectors = true
        for (index, moment) in subject.writing.enumerated() where tally.takes(weight: 40) {
            for image in CrashImages(of: moment.disk, options: choice) {
                var damage = DamageCase(
                    path: ShardPaths.root, what: "at sync \(index): \(image.description)", allowed: .any)
                damage.namesFile = false
                damage.recorded = moment.recorded
                if image.kind == .legal || image.kind == .tornSector { damage.allowed = [.opens, .reports] }
                attempt(damage, of: image.image) { _ in }
            }
        }
    }
}
