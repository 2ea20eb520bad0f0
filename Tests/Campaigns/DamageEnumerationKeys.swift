import LogStore
import Simulation

// Keys, copies, and files that should not be there.

extension DamageBench {
    private var isEncrypted: Bool { subject.options.keyEncryptionKey != nil }
    private var superblock: StoragePath { ShardPaths(shard: 0).superblock }
    private var watermark: StoragePath { ShardPaths(shard: 0).watermark }

    /// A wrong key is a wrong key, whatever else is damaged, as long as a keyring is left to say so.
    mutating func tryKeys() {
        var wrong = subject.options
        wrong.keyEncryptionKey = DamageSubject.key(DamageSubject.wrongKeyText)
        var none = subject.options
        none.keyEncryptionKey = nil
        let keyrings = subject.map.files { $0 == .keyring }.map(\.path)
        for (what, options) in [("wrong key", wrong), ("no key", none)]
        where isEncrypted || what == "wrong key" {
            attempt(keyCase("\(what)", .wrongKey), options: options) { _ in }
            for file in subject.map.files where file.kind != .keyring {
                for _ in 0..<4 {
                    let offset = tally.random.below(max(1, file.byteCount))
                    guard file.byteCount > 0 else { continue }
                    var damage = keyCase("\(what), and a bit of byte \(offset)", .wrongKey)
                    damage.path = file.path
                    attempt(damage, options: options) { $0.flipBit(file.path, at: offset, bit: 3) }
                }
            }
        }
        guard isEncrypted else { return }
        for path in keyrings {
            attempt(keyCase("wrong key, and \(path) damaged", .wrongKey), options: wrong) {
                $0.flipBit(path, at: 90, bit: 1)
            }
        }
        for (what, options) in [("right key", subject.options), ("wrong key", wrong)] {
            attempt(keyCase("\(what), no keyring left", .keyring), options: options) { disk in
                for path in keyrings { disk.removeFile(path) }
            }
            attempt(keyCase("\(what), every keyring damaged", .keyring), options: options) { disk in
                for path in keyrings { disk.flipBit(path, at: 90, bit: 1) }
            }
        }
    }

    private func keyCase(_ what: String, _ allowed: DamageOutcome) -> DamageCase {
        var damage = DamageCase(path: ShardPaths.keys, what: what, allowed: allowed)
        damage.namesFile = false
        return damage
    }

    /// Every combination of bad superblock copies and watermark slots.
    mutating func damageCopies() {
        for combination in 1..<1 << (Superblock.copyCount + WatermarkSlot.slotCount) {
            let copies = (0..<Superblock.copyCount).filter { combination >> $0 & 1 == 1 }
            let slots = (0..<WatermarkSlot.slotCount).filter {
                combination >> (Superblock.copyCount + $0) & 1 == 1
            }
            let allowed: DamageOutcome =
                copies.count > 2 ? .superblock : slots.count == 2 ? .ambiguous : .reports
            var damage = DamageCase(
                path: copies.count > 2 || slots.isEmpty ? superblock : watermark,
                what: "superblock copies \(copies) and watermark slots \(slots) bad", allowed: allowed,
                livesOn: true)
            damage.namesFile = true
            let (superblock, watermark) = (superblock, watermark)
            attempt(damage) { disk in
                for copy in copies {
                    disk.flipBit(superblock, at: copy * Superblock.byteCount + 100 + copy, bit: 2)
                }
                for slot in slots { disk.flipBit(watermark, at: slot * WatermarkSlot.byteCount + 30, bit: 5) }
            }
        }
    }

    // MARK: Names

    mutating func addFiles() {
        let paths = ShardPaths(shard: 0)
        let wal = subject.map.writeAheadFiles
        guard let segment = subject.map.files({ $0 == .segment }).first?.path,
            let oldest = wal.first, let newest = wal.last
        else { invariantViolated("the subject has no segments or write-ahead files") }
        let month = segment.parent
        let segmentBytes = subject.disk.bytes(of: segment) ?? []
        let oldestBytes = subject.disk.bytes(of: oldest.path) ?? []
        let end = subject.transcript.count
        let first = ShardPaths.parseWALName(oldest.path.name)?.firstSequence ?? 0

        // A crash between a segment's name and its manifest leaves one whose events the write-ahead files
        // hold.
        add(month / ShardPaths.segmentName(first..<first + 10), segmentBytes, .opens)
        add(month / ShardPaths.segmentName(end..<end + 10), segmentBytes, .sealed)
        add(month / ShardPaths.segmentName(0..<10), segmentBytes, .sealed)
        add(paths.log / "2027-01" / ShardPaths.segmentName(end..<end + 10), segmentBytes, .sealed)
        let highest = "18446744073709551615"
        for name in ["\(highest)-\(highest).seg", "x.seg", "-.seg", "\(highest)-00000000000000000000.seg"] {
            add(month / name, segmentBytes, .sealed)
        }
        // A write-ahead file of another ledger, of the future, of no open, of nothing.
        var foreign = oldestBytes
        foreign.withMutableRawSpan { $0.set(UInt64(0x0BAD_CAFE), at: 32) }
        add(paths.walFile(firstSequence: end, incarnation: 3), Checksums.fileHeader(foreign), .committed)
        add(paths.walFile(firstSequence: end, incarnation: 4), oldestBytes, .superblock)
        add(paths.walFile(firstSequence: end + 5, incarnation: 3), oldestBytes, .committed)
        add(paths.walFile(firstSequence: end, incarnation: 3), [], .committed)
        add(
            paths.walFile(firstSequence: end, incarnation: 3), [UInt8](repeating: 0, count: 32 << 10),
            .committed)
        add(paths.wal / "\(highest)-00000001.wal", oldestBytes, [.opens, .committed])
        add(paths.wal / "99999999999999999999-00000001.wal", oldestBytes, [.opens, .committed])
        add(paths.wal / "\(newest.path.name).bak", oldestBytes, .opens)
        // Names that are not ours are left alone; temporary ones are removed.
        add(paths.wal / "next-1.tmp", [1, 2, 3], .opens)
        add(month / "seal.tmp", segmentBytes, .opens)
        add(month / "note.txt", [1], .opens)
        add(paths.directory / "watermark.tmp", [1], .opens)
        add(ShardPaths.quarantine / "x.bytes", [1], .opens)
        add(ShardPaths.keys / "keyring-00000099.kr.tmp", [1], .opens)
        if isEncrypted {
            add(ShardPaths.keys / "keyring-00000099.kr", [1, 2, 3], [.reports, .keyring])
            add(ShardPaths.keys / "keyring-\(highest).kr", [1, 2, 3], .opens)
        }
        // Fixed files that are longer than they can be.
        grow(superblock, to: 4 * Superblock.byteCount + 1, .superblock)
        grow(watermark, to: 2 * WatermarkSlot.byteCount + 1, .ambiguous)
        grow(month / "PARTITION", to: PartitionManifest.byteCountMax + 1, .sealed)
        grow(month / "PARTITION", to: 1 << 29, .sealed)
        grow(segment, to: segmentBytes.count + 1, .sealed)
        grow(newest.path, to: newest.byteCount + 4096, .opens)
        grow(newest.path, to: newest.byteCount + 1, .opens)
    }

    private mutating func add(_ path: StoragePath, _ bytes: [UInt8], _ allowed: DamageOutcome) {
        var damage = DamageCase(path: path, what: "put there, \(bytes.count) bytes", allowed: allowed)
        // Named may be the file itself or the one it contradicts.
        damage.namesFile = false
        damage.livesOn = true
        attempt(damage) { disk in
            disk.makeDirectory(path.parent)
            disk.placeFile(path, bytes)
        }
    }

    private mutating func grow(_ path: StoragePath, to byteCount: Int, _ allowed: DamageOutcome) {
        let damage = DamageCase(
            path: path, what: "grown to \(byteCount) bytes", allowed: allowed, livesOn: true)
        attempt(damage) { $0.cut(path, at: byteCount) }
    }
}
