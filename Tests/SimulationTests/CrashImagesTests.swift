import Glibc
import LogStore
import Simulation
import Testing

/// What a crash may leave, counted by hand.
@Suite struct CrashImagesTests {
    // MARK: Sectors

    @Test func `three pending sectors leave exactly eight images`() throws {
        let storage = try makeStorage(sectors: 4)
        try storage.open(path, .write).write(sectors(0xB1, 0xB2, 0xB3), at: 512)
        let images = CrashImages(of: storage.disk)
        #expect(images.isExhaustive)
        var seen: Set<[UInt8]> = []
        for crash in images {
            let bytes = crash.image.firstBytes
            #expect(bytes[0] == 0xA0)
            seen.insert(bytes)
        }
        #expect(images.count == 8)
        #expect(seen.count == 8)
        #expect(seen.contains([0xA0, 0xB1, 0xA0, 0xB3]))
    }

    @Test func `after a sync only one image is left`() throws {
        let storage = try makeStorage(sectors: 4)
        let file = try storage.open(path, .write)
        try file.write(sectors(1, 2, 3, 4), at: 0)
        try file.sync()
        #expect(!storage.disk.hasPendingChanges)
        let images = Array(CrashImages(of: storage.disk))
        #expect(images.map { $0.image.firstBytes } == [[1, 2, 3, 4]])
        #expect(images.map { $0.description } == ["nothing was pending"])
    }

    @Test func `a sector written with the bytes it has is not pending`() throws {
        let storage = try makeStorage(sectors: 4)
        try storage.open(path, .write).write(sectors(0xA0, 0xA0, 7), at: 0)
        #expect(CrashImages(of: storage.disk).count == 2)
    }

    @Test func `a crash may keep any version since the last sync`() throws {
        let storage = try makeStorage(sectors: 1)
        let file = try storage.open(path, .write)
        for value: UInt8 in [1, 2, 1, 3] { try file.write(sectors(value), at: 0) }
        #expect(CrashImages(of: storage.disk).map { $0.image.firstBytes[0] } == [0xA0, 1, 2, 3])
        // Written back to what is durable: all four may still be there.
        try file.write(sectors(0xA0), at: 0)
        #expect(CrashImages(of: storage.disk).count == 4)
    }

    @Test func `forgetting to sync loses data in some image and keeps it in another`() throws {
        let storage = try makeStorage(sectors: 2)
        try storage.open(path, .write).write(sectors(1, 2), at: 0)
        let found = CrashImages(of: storage.disk).map { $0.image.firstBytes }
        #expect(found.contains([1, 2]))
        #expect(found.contains([0xA0, 0xA0]))
    }

    @Test(arguments: [true, false])
    func `a mutant without sync leaves everything open`(_ ignoresSync: Bool) throws {
        let base = try makeStorage(sectors: 2).disk
        let storage = SimulatedStorage(disk: base, options: .init(ignoresSync: ignoresSync))
        let file = try storage.open(path, .write)
        try file.write(sectors(1, 2), at: 0)
        try file.sync()
        #expect(CrashImages(of: storage.disk).count == (ignoresSync ? 4 : 1))
    }

    // MARK: Sizes

    @Test func `two appended sectors leave six images`() throws {
        // Size 1: durable. Size 2: first new sector kept, or size alone (zeros)… written out below.
        let storage = try makeStorage(sectors: 1)
        try storage.open(path, .write).write(sectors(1, 2), at: 512)
        let found = CrashImages(of: storage.disk).map { $0.image.firstBytes }
        let expected: [[UInt8]] = [
            [0xA0], [0xA0, 1],
            [0xA0, 0, 0], [0xA0, 1, 0], [0xA0, 0, 2], [0xA0, 1, 2],
        ]
        #expect(found.count == 6)
        #expect(Set(found) == Set(expected))
    }

    @Test func `allocation without sync leaves the old or the new size`() throws {
        let storage = try makeStorage(sectors: 1)
        try storage.open(path, .write).allocate(1_000_000)
        #expect(CrashImages(of: storage.disk).map { $0.image.bytes(of: path)?.count } == [512, 1_000_000])
    }

    @Test func `truncation without sync leaves the old or the new size, never half of each`() throws {
        let storage = try makeStorage(sectors: 8)
        let file = try storage.open(path, .write)
        try file.truncate(to: 1024)
        let found = CrashImages(of: storage.disk).map { $0.image.firstBytes }
        #expect(found == [[UInt8](repeating: 0xA0, count: 8), [0xA0, 0xA0]])
        try file.sync()
        #expect(CrashImages(of: storage.disk).map { $0.image.firstBytes } == [[0xA0, 0xA0]])
    }

    @Test func `a file cut and grown again shows old bytes or zeros`() throws {
        let storage = try makeStorage(sectors: 2)
        let file = try storage.open(path, .write)
        try file.truncate(to: 512)
        try file.truncate(to: 1024)
        #expect(try file.bytes() == sectors(0xA0, 0))
        let found = CrashImages(of: storage.disk).map { $0.image.firstBytes }
        #expect(Set(found) == [[0xA0, 0xA0], [0xA0, 0], [0xA0]])
        try file.sync()
        #expect(CrashImages(of: storage.disk).map { $0.image.firstBytes } == [[0xA0, 0]])
    }

    // MARK: Names

    @Test func `a rename without directory sync leaves the old or the new name`() throws {
        let storage = try makeStorage(sectors: 1)
        try storage.rename(path, to: StoragePath("g"))
        #expect(CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) } == [["f"], ["g"]])
        try storage.syncDirectory(StoragePath(""))
        #expect(CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) } == [["g"]])
    }

    @Test func `a synced file without a synced name may be missing, never torn`() throws {
        let storage = SimulatedStorage()
        let file = try storage.open(path, .create)
        try file.write(sectors(1, 2), at: 0)
        try file.sync()
        #expect(CrashImages(of: storage.disk).map { $0.image.bytes(of: path) } == [nil, sectors(1, 2)])
    }

    @Test func `a synced name does not make the file's bytes durable`() throws {
        let storage = SimulatedStorage()
        try storage.open(path, .create).write(sectors(1), at: 0)
        try storage.syncDirectory(StoragePath(""))
        #expect(Set(CrashImages(of: storage.disk).map { $0.image.firstBytes }) == [[], [0], [1]])
    }

    @Test func `a directory never synced into its parent may vanish with all it holds`() throws {
        let storage = SimulatedStorage()
        try storage.createDirectory(StoragePath("d"))
        let file = try storage.open(StoragePath("d/f"), .create)
        try file.write(sectors(1), at: 0)
        try file.sync()
        try storage.syncDirectory(StoragePath("d"))
        let found = CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) }
        #expect(found == [[], ["d/f"]])
        try storage.syncDirectory(StoragePath(""))
        #expect(CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) } == [["d/f"]])
    }

    @Test func `a removal without directory sync may come back whole`() throws {
        let storage = try makeStorage(sectors: 2)
        try storage.remove(path)
        #expect(CrashImages(of: storage.disk).map { $0.image.firstBytes } == [[0xA0, 0xA0], []])
        #expect(CrashImages(of: storage.disk).map { $0.image.paths.count } == [1, 0])
    }

    @Test func `the names of one directory survive as a prefix, or in any order if asked`() throws {
        let storage = SimulatedStorage()
        for name in ["a", "b", "c"] { _ = try storage.open(StoragePath(name), .create) }
        let prefixes = CrashImages(of: storage.disk).map { $0.image.paths.map(\.description).joined() }
        #expect(prefixes.sorted() == ["", "a", "ab", "abc"])
        var options = CrashImages.Options()
        options.reordersMetadata = true
        let subsets = CrashImages(of: storage.disk, options: options)
            .map { $0.image.paths.map(\.description).joined() }
        #expect(subsets.sorted() == ["", "a", "ab", "abc", "ac", "b", "bc", "c"])
    }

    @Test func `replacing a file through a rename leaves the old or the new one, in every order`() throws {
        let storage = try makeStorage(sectors: 1)
        let file = try storage.open(StoragePath("f.tmp"), .create)
        try file.write(sectors(9), at: 0)
        try file.sync()
        try storage.rename(StoragePath("f.tmp"), to: path)
        for reordersMetadata in [false, true] {
            var options = CrashImages.Options()
            options.reordersMetadata = reordersMetadata
            let images = Array(CrashImages(of: storage.disk, options: options))
            #expect(images.count == 3)
            for crash in images {
                let bytes = crash.image.bytes(of: path)
                #expect(bytes == sectors(9) || bytes == sectors(0xA0), "\(crash.description)")
            }
        }
    }

    @Test func `a rename across directories survives in both or in neither`() throws {
        let storage = try makeStorage(sectors: 1)
        for name in ["d", "e"] { try storage.createDirectory(StoragePath(name)) }
        try storage.rename(path, to: StoragePath("d/f"))
        try storage.syncDirectory(StoragePath(""))
        try storage.rename(StoragePath("d/f"), to: StoragePath("e/f"))
        _ = try storage.open(StoragePath("e/new"), .create)
        let found = CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) }
        #expect(found == [["d/f"], ["e/f"], ["e/f", "e/new"]])
        // Syncing either directory settles the rename.
        try storage.syncDirectory(StoragePath("d"))
        let after = CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) }
        #expect(after == [["e/f"], ["e/f", "e/new"]])
    }

    @Test func `syncing the target's directory takes the creation of the source along`() throws {
        let storage = SimulatedStorage()
        for name in ["d", "e"] { try storage.createDirectory(StoragePath(name)) }
        try storage.syncDirectory(StoragePath(""))
        _ = try storage.open(StoragePath("d/x"), .create)
        try storage.rename(StoragePath("d/x"), to: StoragePath("e/x"))
        _ = try storage.open(StoragePath("d/y"), .create)
        try storage.syncDirectory(StoragePath("e"))
        let found = CrashImages(of: storage.disk).map { $0.image.paths.map(\.description) }
        #expect(found == [["e/x"], ["d/y", "e/x"]])
    }

    @Test func `a mutant without directory sync may lose every name`() throws {
        let storage = SimulatedStorage(options: .init(ignoresDirectorySync: true))
        _ = try storage.open(path, .create)
        try storage.syncDirectory(StoragePath(""))
        #expect(CrashImages(of: storage.disk).map { $0.image.paths.count } == [0, 1])
    }

    @Test func `names and bytes multiply only where a name survives`() throws {
        // Without the name: 1. With it: size 0, 512 and 1024 → 1 + 1 (first) + 4 − … as in the append test.
        let storage = SimulatedStorage()
        try storage.open(path, .create).write(sectors(1, 2), at: 0)
        let found = CrashImages(of: storage.disk).map { $0.image.bytes(of: path).map { $0.count } }
        #expect(found.count == 1 + 6)
        #expect(found.filter { $0 == nil }.count == 1)
    }

    // MARK: Sampling

    @Test func `beyond twelve bits the images are a sample, the same for the same seed`() throws {
        let storage = try makeStorage(sectors: 40)
        try storage.open(path, .write).write([UInt8](repeating: 1, count: 20 * 512), at: 0)
        func sample(_ seed: UInt64) -> [[UInt8]] {
            CrashImages(of: storage.disk, options: .init(seed: seed, sampleCount: 100)).map {
                $0.image.firstBytes
            }
        }
        let first = sample(42)
        #expect(!CrashImages(of: storage.disk).isExhaustive)
        #expect(first == sample(42))
        #expect(first != sample(43))
        #expect(Set(first).count == first.count)
        let counts = first.map { image in image.filter { $0 == 1 }.count }
        #expect(counts[0] == 0 && counts[1] == 20)
        #expect(counts.filter { $0 == 1 }.count >= 20)
        #expect(counts.filter { $0 == 19 }.count >= 20)
        #expect(first.count > 100)
    }

    @Test(arguments: 1...40)
    func `whatever was done, images hold synced states and syncing all leaves one`(_ seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let storage = SimulatedStorage()
        for name in ["d", "e"] { try storage.createDirectory(StoragePath(name)) }
        let places = ["a", "b", "d/a", "d/b", "e/a"].map { StoragePath($0) }
        for step in 1...60 {
            try randomStep(storage, places, UInt8(step), &random)
            // An image is settled, and a second crash changes nothing any more.
            var options = CrashImages.Options(seed: UInt64(seed), sampleCount: 4)
            options.exhaustiveLimit = 8
            let contents = CrashImages(of: storage.disk, options: options).map { crash in
                #expect(!crash.image.hasPendingChanges)
                return places.map { crash.image.bytes(of: $0) }
            }
            let live = storage.disk
            #expect(contents.contains(places.map { live.bytes(of: $0) }), "seed \(seed), step \(step)")
        }
        for file in storage.disk.paths { try storage.open(file, .write).sync() }
        for directory in ["", "d", "e"] { try storage.syncDirectory(StoragePath(directory)) }
        let disk = storage.disk
        let images = Array(CrashImages(of: disk))
        #expect(images.count == 1, "seed \(seed)")
        #expect(images[0].image.paths == disk.paths)
        for path in disk.paths { #expect(images[0].image.bytes(of: path) == disk.bytes(of: path)) }
    }

    private func randomStep(
        _ storage: SimulatedStorage, _ places: [StoragePath], _ value: UInt8, _ random: inout SeededRandom
    ) throws {
        let place = places[random.below(places.count)]
        guard try storage.exists(place) else {
            _ = try storage.open(place, .create)
            return
        }
        let file = try storage.open(place, .write)
        switch random.below(8) {
        case 0: try file.sync()
        case 1: try storage.syncDirectory(place.parent)
        case 2: try storage.rename(place, to: places[random.below(places.count)])
        case 3: try storage.remove(place)
        case 4: try file.truncate(to: UInt64(random.below(3000)))
        case 5: try file.allocate(UInt64(random.below(3000)))
        default:
            let bytes = [UInt8](repeating: value, count: 1 + random.below(1200))
            try file.write(bytes, at: UInt64(random.below(2000)))
        }
    }

    // MARK: Damage

    @Test func `a torn sector holds a prefix of the new bytes`() throws {
        let storage = try makeStorage(sectors: 2)
        try storage.open(path, .write).write(sectors(1), at: 0)
        var options = CrashImages.Options(seed: 5)
        options.tearsSectors = true
        let torn = CrashImages(of: storage.disk, options: options).filter { $0.kind == .tornSector }
        #expect(torn.count == 6)
        for crash in torn {
            let sector = try #require(crash.image.bytes(of: path)).prefix(512)
            let kept = sector.prefix { $0 == 1 }.count
            #expect(kept > 0 && kept < 512)
            #expect(sector.dropFirst(kept).allSatisfy { $0 == 0xA0 })
        }
    }

    @Test func `a misplaced write lands elsewhere and a lost write leaves the old bytes`() throws {
        let storage = try makeStorage(sectors: 3)
        let file = try storage.open(path, .write)
        try file.write(sectors(1, 2), at: 0)
        try file.sync()
        try file.write(sectors(3), at: 1024)
        var options = CrashImages.Options(seed: 5)
        options.misplacesWrites = true
        options.losesWrites = true
        let images = Array(CrashImages(of: storage.disk, options: options))
        let misplaced = images.filter { $0.kind == .misplacedWrite }.map { $0.image.firstBytes }
        #expect(misplaced == [[3, 2, 0xA0]] || misplaced == [[1, 3, 0xA0]])
        let lost = images.filter { $0.kind == .lostWrite }.map { $0.image.firstBytes }
        #expect(lost == [[0xA0, 2, 3], [1, 0xA0, 3], [0xA0, 0xA0, 3]])
    }
}

/// The one file most of these tests need.
let path = StoragePath("f")

/// A storage whose file `f` durably holds this many sectors of 0xA0.
func makeStorage(sectors count: Int) throws -> SimulatedStorage {
    let storage = SimulatedStorage()
    let file = try storage.open(path, .create)
    try file.write([UInt8](repeating: 0xA0, count: count * 512), at: 0)
    try file.sync()
    try storage.syncDirectory(StoragePath(""))
    return storage
}

/// One sector for each value.
func sectors(_ values: UInt8...) -> [UInt8] { values.flatMap { [UInt8](repeating: $0, count: 512) } }

extension CrashImages {
    var count: Int { reduce(0) { count, _ in count + 1 } }
}

extension SimulatedDisk {
    /// The first byte of each sector of `f`; none if it is missing.
    var firstBytes: [UInt8] {
        guard let bytes = bytes(of: path) else { return [] }
        return stride(from: 0, to: bytes.count, by: 512).map { bytes[$0] }
    }
}

extension StorageFile {
    func write(_ bytes: [UInt8], at offset: UInt64) throws {
        try bytes.withRawSpan { (span) throws(StorageError) in try write(span, at: offset) }
    }

    func bytes() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xAA, count: Int(try size()))
        _ = try bytes.withMutableRawSpan { (span) throws(StorageError) in try read(into: &span, at: 0) }
        return bytes
    }
}
