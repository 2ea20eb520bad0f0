import Glibc
import LogStore
import Testing

/// What both twins of the disk must do alike; each case is one small story told to an empty disk.
enum StorageBehaviour: String, CaseIterable, Sendable {
    case writtenBytesAreReadBack, readsEndAtTheEndOfTheFile, gapsAndGrowthAreZero, truncationCuts
    case createRefusesAnExistingName, missingNamesAreReported, namesAreListedByBytes
    case renameReplaces, renameRefusesImpossiblePlaces, removeTakesFilesAndEmptyDirectories
    case openFilesOutliveTheirNames, directoriesMayExistAlready, directModesDemandAlignment
    case commitModeWritesPages, directReadsSeeWhatWasWritten, readModesRefuseWrites
    case theLockIsExclusive, theLockNoteIsReplaced, pathsStayBelowTheRoot, absurdOffsetsAreRefused

    func check<Disk: Storage>(_ disk: Disk) throws {
        switch self {
        case .writtenBytesAreReadBack: try Self.writtenBytesAreReadBack(disk)
        case .readsEndAtTheEndOfTheFile: try Self.readsEndAtTheEndOfTheFile(disk)
        case .gapsAndGrowthAreZero: try Self.gapsAndGrowthAreZero(disk)
        case .truncationCuts: try Self.truncationCuts(disk)
        case .createRefusesAnExistingName: try Self.createRefusesAnExistingName(disk)
        case .missingNamesAreReported: try Self.missingNamesAreReported(disk)
        case .namesAreListedByBytes: try Self.namesAreListedByBytes(disk)
        case .renameReplaces: try Self.renameReplaces(disk)
        case .renameRefusesImpossiblePlaces: try Self.renameRefusesImpossiblePlaces(disk)
        case .removeTakesFilesAndEmptyDirectories: try Self.removeTakesFilesAndEmptyDirectories(disk)
        case .openFilesOutliveTheirNames: try Self.openFilesOutliveTheirNames(disk)
        case .directoriesMayExistAlready: try Self.directoriesMayExistAlready(disk)
        case .directModesDemandAlignment: try Self.directModesDemandAlignment(disk)
        case .commitModeWritesPages: try Self.commitModeWritesPages(disk)
        case .directReadsSeeWhatWasWritten: try Self.directReadsSeeWhatWasWritten(disk)
        case .readModesRefuseWrites: try Self.readModesRefuseWrites(disk)
        case .theLockIsExclusive: try Self.theLockIsExclusive(disk)
        case .theLockNoteIsReplaced: try Self.theLockNoteIsReplaced(disk)
        case .pathsStayBelowTheRoot: try Self.pathsStayBelowTheRoot(disk)
        case .absurdOffsetsAreRefused: try Self.absurdOffsetsAreRefused(disk)
        }
    }

    // MARK: Files

    private static func writtenBytesAreReadBack<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        try file.write([1, 2, 3, 4], at: 0)
        try file.write([9], at: 2)
        try file.sync()
        #expect(try file.bytes() == [1, 2, 9, 4])
        #expect(try disk.open(StoragePath("a"), .read).bytes() == [1, 2, 9, 4])
        let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try file.write(large, at: 16_000)
        #expect(try Array(file.bytes()[16_000...]) == large)
        try file.write([], at: 5)
        #expect(try file.size() == 116_000)
    }

    private static func readsEndAtTheEndOfTheFile<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        try file.write([1, 2, 3], at: 0)
        #expect(try file.bytes(at: 1, count: 10) == [2, 3])
        #expect(try file.bytes(at: 3, count: 10) == [])
        #expect(try file.bytes(at: 1 << 40, count: 10) == [])
        #expect(try file.bytes(at: 0, count: 0) == [])
    }

    private static func gapsAndGrowthAreZero<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        try file.write([7], at: 3)
        #expect(try file.bytes() == [0, 0, 0, 7])
        try file.allocate(6)
        #expect(try file.bytes() == [0, 0, 0, 7, 0, 0])
        try file.allocate(2)
        try file.allocate(0)
        #expect(try file.size() == 6)
        try file.truncate(to: 8)
        #expect(try file.bytes() == [0, 0, 0, 7, 0, 0, 0, 0])
    }

    private static func truncationCuts<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        try file.write([UInt8](repeating: 5, count: 40_000), at: 0)
        try file.truncate(to: 3)
        #expect(try file.bytes() == [5, 5, 5])
        try file.truncate(to: 40_000)
        #expect(try file.bytes() == [5, 5, 5] + [UInt8](repeating: 0, count: 39_997))
        try file.truncate(to: 0)
        #expect(try file.size() == 0)
    }

    private static func readModesRefuseWrites<Disk: Storage>(_ disk: Disk) throws {
        _ = try disk.open(StoragePath("a"), .create)
        for mode in [OpenMode.read, .readDirect] {
            let file = try disk.open(StoragePath("a"), mode)
            #expect(code { try file.write([1], at: 0) } == EBADF)
            #expect(code { try file.truncate(to: 1) } == EBADF)
            #expect(code { try file.allocate(1) } == EBADF)
        }
    }

    private static func absurdOffsetsAreRefused<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        #expect(code { try file.write([1], at: UInt64.max) } == EFBIG)
        #expect(code { try file.write([1, 2], at: UInt64(Int64.max)) } == EFBIG)
        #expect(code { _ = try file.bytes(at: UInt64.max, count: 1) } == EFBIG)
        #expect(code { try file.truncate(to: UInt64.max) } == EFBIG)
        #expect(code { try file.allocate(UInt64.max) } == EFBIG)
        #expect(try file.size() == 0)
    }

    // MARK: Names

    private static func createRefusesAnExistingName<Disk: Storage>(_ disk: Disk) throws {
        _ = try disk.open(StoragePath("a"), .create)
        let error = #expect(throws: StorageError.self) { _ = try disk.open(StoragePath("a"), .create) }
        #expect(error == StorageError(.create, StoragePath("a"), code: EEXIST))
    }

    private static func missingNamesAreReported<Disk: Storage>(_ disk: Disk) throws {
        let missing = StoragePath("no/such")
        _ = try disk.open(StoragePath("file"), .create)
        let below = StoragePath("file/below")
        for mode in [OpenMode.read, .readDirect, .write, .commit, .create] {
            #expect(code { _ = try disk.open(missing, mode) } == ENOENT)
            #expect(code { _ = try disk.open(below, mode) } == ENOTDIR)
            if mode != .create { #expect(code { _ = try disk.open(StoragePath("x"), mode) } == ENOENT) }
        }
        #expect(code { try disk.remove(StoragePath("x")) } == ENOENT)
        #expect(code { try disk.rename(StoragePath("x"), to: StoragePath("y")) } == ENOENT)
        #expect(code { try disk.syncDirectory(StoragePath("x")) } == ENOENT)
        #expect(code { try disk.syncDirectory(StoragePath("file")) } == ENOTDIR)
        #expect(code { try disk.createDirectory(missing) } == ENOENT)
        #expect(try disk.list(StoragePath("x")) == [])
        #expect(code { _ = try disk.list(StoragePath("file")) } == ENOTDIR)
        #expect(try disk.exists(missing) == false)
        #expect(try disk.exists(below) == false)
        #expect(try disk.exists(StoragePath("file")))
        #expect(try disk.exists(StoragePath("")))
    }

    private static func namesAreListedByBytes<Disk: Storage>(_ disk: Disk) throws {
        for name in ["b", "a", "B", "a0", "ä", ".x"] { _ = try disk.open(StoragePath(name), .create) }
        try disk.createDirectory(StoragePath("aa"))
        #expect(try disk.list(StoragePath("")) == [".x", "B", "a", "a0", "aa", "b", "ä"])
        #expect(try disk.list(StoragePath("aa")) == [])
    }

    private static func renameReplaces<Disk: Storage>(_ disk: Disk) throws {
        try disk.createDirectory(StoragePath("d"))
        try disk.open(StoragePath("a"), .create).write([1], at: 0)
        try disk.open(StoragePath("d/b"), .create).write([2, 2], at: 0)
        try disk.rename(StoragePath("a"), to: StoragePath("d/b"))
        #expect(try disk.list(StoragePath("")) == ["d"])
        #expect(try disk.open(StoragePath("d/b"), .read).bytes() == [1])
        try disk.rename(StoragePath("d/b"), to: StoragePath("d/b"))
        try disk.rename(StoragePath("d"), to: StoragePath("e"))
        #expect(try disk.open(StoragePath("e/b"), .read).bytes() == [1])
        try disk.syncDirectory(StoragePath("e"))
        try disk.syncDirectory(StoragePath(""))
    }

    private static func renameRefusesImpossiblePlaces<Disk: Storage>(_ disk: Disk) throws {
        for name in ["d", "d/inner", "full", "full/x"] { try disk.createDirectory(StoragePath(name)) }
        _ = try disk.open(StoragePath("f"), .create)
        #expect(code { try disk.rename(StoragePath("f"), to: StoragePath("d")) } == EISDIR)
        #expect(code { try disk.rename(StoragePath("d"), to: StoragePath("f")) } == ENOTDIR)
        #expect(code { try disk.rename(StoragePath("d"), to: StoragePath("full")) } == ENOTEMPTY)
        #expect(code { try disk.rename(StoragePath("d"), to: StoragePath("d/inner/d")) } == EINVAL)
        try disk.rename(StoragePath("full"), to: StoragePath("d/inner"))
        #expect(try disk.list(StoragePath("d/inner")) == ["x"])
    }

    private static func removeTakesFilesAndEmptyDirectories<Disk: Storage>(_ disk: Disk) throws {
        try disk.createDirectory(StoragePath("d"))
        _ = try disk.open(StoragePath("d/a"), .create)
        #expect(code { try disk.remove(StoragePath("d")) } == ENOTEMPTY)
        try disk.remove(StoragePath("d/a"))
        try disk.remove(StoragePath("d"))
        #expect(try disk.list(StoragePath("")) == [])
    }

    private static func openFilesOutliveTheirNames<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        try disk.rename(StoragePath("a"), to: StoragePath("b"))
        try file.write([1], at: 0)
        #expect(try disk.open(StoragePath("b"), .read).bytes() == [1])
        try disk.remove(StoragePath("b"))
        try file.write([2], at: 1)
        try file.sync()
        #expect(try file.bytes() == [1, 2])
        #expect(file.path == StoragePath("a"))
    }

    private static func directoriesMayExistAlready<Disk: Storage>(_ disk: Disk) throws {
        try disk.createDirectory(StoragePath("d"))
        try disk.createDirectory(StoragePath("d"))
        _ = try disk.open(StoragePath("f"), .create)
        #expect(code { try disk.createDirectory(StoragePath("f")) } == ENOTDIR)
        #expect(code { _ = try disk.open(StoragePath("d"), .read) } == EISDIR)
        #expect(code { _ = try disk.open(StoragePath("d"), .write) } == EISDIR)
    }

    private static func pathsStayBelowTheRoot<Disk: Storage>(_ disk: Disk) throws {
        for path in ["..", "../x", "/x", "a//b", "./a", "a/", "a/../b"] {
            #expect(code { _ = try disk.open(StoragePath(path), .create) } == EINVAL)
            #expect(code { try disk.createDirectory(StoragePath(path)) } == EINVAL)
            #expect(code { try disk.rename(StoragePath(path), to: StoragePath("b")) } == EINVAL)
        }
        #expect(try disk.list(StoragePath("")) == [])
    }

    // MARK: Direct access and locks

    private static func directModesDemandAlignment<Disk: Storage>(_ disk: Disk) throws {
        try disk.open(StoragePath("a"), .create).allocate(16_384)
        var buffer = AlignedBuffer(byteCount: 12_288)
        for mode in [OpenMode.readDirect, .commit] {
            let file = try disk.open(StoragePath("a"), mode)
            for (start, count, offset) in [(512, 4096, 0), (0, 512, 0), (0, 4096, 512), (1, 4095, 4096)] {
                #expect(
                    code {
                        var whole = buffer.mutableBytes
                        var part = whole._mutatingExtracting(start..<start + count)
                        _ = try file.read(into: &part, at: UInt64(offset))
                    } == EINVAL)
                if mode == .readDirect { continue }
                #expect(
                    code {
                        try file.write(buffer.bytes.extracting(start..<start + count), at: UInt64(offset))
                    } == EINVAL)
            }
        }
    }

    private static func commitModeWritesPages<Disk: Storage>(_ disk: Disk) throws {
        try disk.open(StoragePath("a"), .create).allocate(16_384)
        let file = try disk.open(StoragePath("a"), .commit)
        var buffer = AlignedBuffer(byteCount: 8192)
        var target = buffer.mutableBytes
        for offset in 0..<8192 { target.set(UInt8(truncatingIfNeeded: offset &* 7), at: offset) }
        try file.write(buffer.bytes, at: 4096)
        try file.sync()
        try file.write(buffer.bytes, at: 16_384)
        try file.truncate(to: 20_480)
        try file.sync()
        let bytes = try disk.open(StoragePath("a"), .read).bytes()
        #expect(bytes.count == 20_480)
        #expect(Array(bytes[4096..<12_288]) == buffer.bytes.array())
        #expect(bytes[12_288..<16_384].allSatisfy { $0 == 0 })
        #expect(Array(bytes[16_384...]) == Array(buffer.bytes.array()[..<4096]))
    }

    private static func directReadsSeeWhatWasWritten<Disk: Storage>(_ disk: Disk) throws {
        let file = try disk.open(StoragePath("a"), .create)
        let text = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try file.write(text, at: 0)
        let direct = try disk.open(StoragePath("a"), .readDirect)
        var buffer = AlignedBuffer(byteCount: 16_384)
        var target = buffer.mutableBytes
        #expect(try direct.read(into: &target, at: 0) == 5000)
        #expect(Array(buffer.bytes.array()[..<5000]) == text)
        target = buffer.mutableBytes
        #expect(try direct.read(into: &target, at: 4096) == 904)
        target = buffer.mutableBytes
        #expect(try direct.read(into: &target, at: 8192) == 0)
    }

    private static func theLockIsExclusive<Disk: Storage>(_ disk: Disk) throws {
        var lock: Disk.Lock? = try disk.lock(StoragePath("LOCK"), note: "first")
        #expect(code { _ = try disk.lock(StoragePath("LOCK"), note: "second") } == EWOULDBLOCK)
        _ = try disk.lock(StoragePath("OTHER"), note: "")
        #expect(try disk.open(StoragePath("LOCK"), .read).bytes() == Array("first".utf8))
        if lock != nil { lock = nil }
        _ = try disk.lock(StoragePath("LOCK"), note: "third")
    }

    private static func theLockNoteIsReplaced<Disk: Storage>(_ disk: Disk) throws {
        _ = try disk.lock(StoragePath("LOCK"), note: "a long note of the first process")
        _ = try disk.lock(StoragePath("LOCK"), note: "second")
        #expect(try disk.open(StoragePath("LOCK"), .read).bytes() == Array("second".utf8))
    }

    /// The `errno` a call failed with, nil if it succeeded.
    private static func code(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StorageError)?.code
        }
    }
}

extension StorageFile {
    func write(_ bytes: [UInt8], at offset: UInt64) throws {
        try bytes.withRawSpan { (span) throws(StorageError) in try write(span, at: offset) }
    }

    func bytes() throws -> [UInt8] { try bytes(at: 0, count: Int(size())) }

    func bytes(at offset: UInt64, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xAA, count: count)
        let got = try bytes.withMutableRawSpan { (span) throws(StorageError) in
            try read(into: &span, at: offset)
        }
        return Array(bytes[..<got])
    }
}
