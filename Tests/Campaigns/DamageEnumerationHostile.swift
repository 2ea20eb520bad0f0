import Glibc
import LogStore
import Simulation

// Fields that no writer wrote, under checksums (and signatures, and codes) made right again: what must hold
// then is that nothing traps, nothing is allocated beyond the caps, and whoever refuses says why.

extension DamageBench {
    /// What reading hostile lengths may add to the process's largest size.
    private static let growthMaxKiB = 256 << 10

    mutating func forgeFields() {
        let before = Self.largestSizeKiB
        if let key = subject.options.keyEncryptionKey {
            forgeKeyrings(key)
        } else {
            forgeFixedFiles()
            forgeFileHeaders()
            forgeFrames()
            forgeEvents()
            forgeSegments()
            forgeManifests()
        }
        let growth = Self.largestSizeKiB - before
        tally.note(
            label, "memory",
            failure: growth > Self.growthMaxKiB ? "\(label): the process grew by \(growth) KiB" : nil)
    }

    private static var largestSizeKiB: Int {
        var usage = rusage()
        // SAFETY: `usage` is a valid place for the answer.
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    /// Puts every hostile value into every field of a copy of the file, and tries each.
    private mutating func forge(
        _ path: StoragePath, _ what: String, _ fields: [HostileField], mend: (inout [UInt8]) -> Void,
        also: (inout SimulatedDisk, [UInt8]) -> Void = { _, _ in }
    ) {
        let bytes = subject.disk.bytes(of: path) ?? []
        for field in fields where field.offset + field.width <= bytes.count {
            for value in field.values(in: bytes) where tally.takes(weight: 20) {
                var forged = bytes
                field.set(value, in: &forged)
                mend(&forged)
                var damage = DamageCase(
                    path: path, what: "\(what): \(field.width) bytes at \(field.offset) set to \(value)",
                    allowed: .any, livesOn: true)
                damage.namesFile = false
                damage.isForged = true
                attempt(damage) { disk in
                    disk.placeFile(path, forged)
                    also(&disk, forged)
                }
            }
        }
    }

    // MARK: Files of one structure

    private mutating func forgeFixedFiles() {
        let superblock = ShardPaths(shard: 0).superblock
        var fields = HostileField.all(2, [12, 14]) + HostileField.all(4, [152, 156, 192, 196])
        fields += HostileField.all(8, [16, 24, 56, 72, 88, 96, 104, 112, 144, 160, 200])
        for start in [232, 280, 328] {
            fields += HostileField.all(4, [start, start + 4]) + HostileField.all(8, [start + 8, start + 16])
        }
        forge(superblock, "superblock", fields) { bytes in
            let first = Array(bytes[..<Superblock.byteCount])
            bytes = (0..<Superblock.copyCount).flatMap { copy in
                var page = first
                if copy > 0 { page[14] = UInt8(copy) }
                return Checksums.page(page)
            }
        }
        let slotFields = HostileField.all(4, [12]) + HostileField.all(8, [16, 24, 32, 48, 56, 64, 96, 112])
        forge(ShardPaths(shard: 0).watermark, "watermark", slotFields) { bytes in
            let slot = Checksums.page(Array(bytes[..<WatermarkSlot.byteCount]))
            bytes = slot + slot
        }
    }

    private mutating func forgeFileHeaders() {
        var fields = HostileField.all(2, [12, 14, 184, 186]) + HostileField.all(4, [48, 52, 188])
        fields += HostileField.all(8, [0, 16, 32, 56, 64, 72, 80, 96, 128, 144, 192, 200])
        for file in subject.map.files {
            switch file.kind {
            case .wal, .segment: forge(file.path, "header", fields) { $0 = Checksums.fileHeader($0) }
            default: break
            }
        }
    }

    private mutating func forgeKeyrings(_ key: KeyEncryptionKey) {
        var fields = HostileField.all(2, [8, 10]) + HostileField.all(4, [12])
        fields += HostileField.all(8, [16, 24, 32, 48, 64])
        for start in [80, 160, 240] {
            fields += HostileField.all(2, [start, start + 2]) + HostileField.all(4, [start + 4])
            fields += HostileField.all(8, [start + 8, start + 16, start + 32, start + 72])
        }
        for file in subject.map.files({ $0 == .keyring }) {
            forge(file.path, "keyring", fields) { Checksums.keyring(&$0, key) }
        }
    }

    // MARK: Write-ahead files

    private mutating func forgeFrames() {
        var fields = HostileField.all(1, [8, 9]) + HostileField.all(2, [10])
        fields += HostileField.all(4, [12, 16, 20, 24, 28, 72, 76])
        fields += HostileField.all(8, [32, 40, 48, 56, 64, 80, 112])
        for file in subject.map.writeAheadFiles {
            for frame in file.frames {
                let start = frame.lowerBound
                forge(file.path, "frame at \(start)", fields.map { $0.moved(by: start) }) {
                    Checksums.frameHeader(&$0, at: start)
                }
            }
        }
    }

    /// Headers of the first events of every frame, and all of the epoch starts' payloads.
    private mutating func forgeEvents() {
        for file in subject.map.writeAheadFiles {
            for frame in file.frames {
                let first = frame.lowerBound + FrameHeader.byteCount
                var fields = HostileField.all(2, [first, first + 12]) + HostileField.all(8, [first + 4])
                fields += HostileField.all(1, [first + 2, first + 3, first + 14 + 56, first + 14 + 57])
                fields += HostileField.all(8, (0..<20).map { first + EventHeader.byteCount + 8 * $0 })
                forge(file.path, "event at \(first)", fields) {
                    Checksums.frameBody(&$0, at: frame.lowerBound)
                }
            }
        }
    }

    // MARK: Sealed segments and their manifests

    private var signingKey: SigningKey {
        let seed = subject.disk.bytes(of: ShardPaths.keys / "signing.key") ?? []
        return SigningKey(seed: SecretKey(copying: seed))
    }

    private mutating func forgeSegments() {
        let key = signingKey
        let segments = subject.map.files { $0 == .segment }
        for file in [segments.first, segments.last].compactMap({ $0 }) {
            let tail = file.byteCount - SegmentTail.byteCount
            let sections = (0..<8).map { 192 + 24 * $0 }
            var fields = HostileField.all(2, [8, 10] + sections) + HostileField.all(4, [12, 392, 396])
            fields += HostileField.all(8, [16, 32, 48, 56, 64, 72, 80, 112, 144, 152, 160, 384])
            for start in sections {
                fields += HostileField.all(4, [start + 4, start + 16, start + 20])
                fields += HostileField.all(8, [start + 8])
            }
            forge(file.path, "tail", fields.map { $0.moved(by: tail) }) { Checksums.tail(&$0, key) }
            forgeSections(file, key)
            forgeBlocks(file)
        }
    }

    /// Every aligned field of every section, with the table's CRC and the signature made right.
    private mutating func forgeSections(_ file: DamageMap.File, _ key: SigningKey) {
        let bytes = subject.disk.bytes(of: file.path) ?? []
        let tail = file.byteCount - SegmentTail.byteCount
        for index in 0..<8 {
            let entry = tail + 192 + 24 * index
            let (start, count) = bytes.withRawSpan { (Int($0.u64(entry + 8)), Int($0.u32(entry + 16))) }
            let fields = stride(from: start, to: start + count - 7, by: 4).flatMap {
                HostileField.all(4, [$0]) + HostileField.all(8, [$0])
            }
            forge(file.path, "section \(index + 1)", fields) { bytes in
                bytes.withMutableRawSpan {
                    $0.set(CRC32C.of($0.bytes.extracting(start..<start + count)), at: entry + 4)
                }
                Checksums.tail(&bytes, key)
            }
        }
    }

    private mutating func forgeBlocks(_ file: DamageMap.File) {
        let bytes = subject.disk.bytes(of: file.path) ?? []
        var fields = HostileField.all(1, [22, 23]) + HostileField.all(2, [20])
        fields += HostileField.all(4, [8, 12, 16]) + HostileField.all(8, [24, 32, 40, 48, 56])
        var start = FileHeader.byteCount
        while let count = Self.blockByteCount(bytes, at: start) {
            forge(file.path, "block at \(start)", fields.map { $0.moved(by: start) }) {
                Checksums.header(&$0, start..<start + BlockHeader.byteCount)
            }
            let body = stride(from: start + BlockHeader.byteCount, to: start + count - 8, by: 4)
            forge(file.path, "body of the block at \(start)", body.flatMap { HostileField.all(4, [$0]) }) {
                Checksums.blockBody(&$0, at: start)
            }
            start += count
        }
    }

    private static func blockByteCount(_ bytes: [UInt8], at offset: Int) -> Int? {
        do throws(DecodingFailure) {
            return try bytes.withRawSpan { (span) throws(DecodingFailure) in
                try BlockHeader(decoding: span.extracting(offset..<bytes.count)).blockByteCount
            }
        } catch { return nil }
    }

    /// Once alone, once with a superblock that names the forged manifest.
    private mutating func forgeManifests() {
        var fields = HostileField.all(4, [12, 16, 20, 80]) + HostileField.all(8, [24, 32, 64, 84, 96])
        for start in [128, 296] {
            let places = [0, 16, 24, 32, 40, 48, 56, 88, 120, 160].map { start + $0 }
            fields += HostileField.all(8, places) + HostileField.all(4, [start + 152, start + 156])
        }
        for file in subject.map.files({ $0 == .manifest }) {
            forge(file.path, "manifest", fields) { $0 = Checksums.page($0) }
            forge(file.path, "manifest with its superblock", fields, mend: { $0 = Checksums.page($0) }) {
                disk, forged in
                Self.adopt(forged, of: file.path, in: &disk)
            }
        }
    }

    /// Lets the superblock name a forged manifest.
    private static func adopt(_ manifest: [UInt8], of path: StoragePath, in disk: inout SimulatedDisk) {
        let superblock = ShardPaths(shard: 0).superblock
        guard var bytes = disk.bytes(of: superblock), let month = Month(path.parent.name) else { return }
        let hash = manifest.withRawSpan { SHA256.of($0) }
        let generation = manifest.withRawSpan { $0.u64(24) }
        bytes.withMutableRawSpan { span in
            for copy in 0..<Superblock.copyCount {
                for entry in 0..<Int(span.bytes.u32(copy * Superblock.byteCount + 192)) {
                    let start = copy * Superblock.byteCount + 232 + 48 * entry
                    guard span.bytes.u32(start) == month.number else { continue }
                    span.set(generation, at: start + 8)
                    hash.write(to: &span, at: start + 16)
                }
            }
        }
        let pages = (0..<Superblock.copyCount).flatMap {
            Checksums.page(Array(bytes[$0 * Superblock.byteCount..<($0 + 1) * Superblock.byteCount]))
        }
        disk.placeFile(superblock, pages)
    }
}
