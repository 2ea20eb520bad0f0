import LogStore
import Simulation
import Testing

/// Two threads hand files to each other here: the preparer makes them, the committer names them.
///
/// Found by the benchmark of single commits: the committer had taken `next-0.tmp` and not renamed it yet when
/// the preparer, wanting the next file, removed what stood under that name and made a new one. The committer
/// then gave the name of a write-ahead file to the new one and wrote its frames to the removed one, so that
/// everything acknowledged from there on would have been gone after a restart. The same could happen to a
/// spare that the sealer put in the place of one just being opened.
@Suite struct FilePreparerTests {
    private let storage = SimulatedStorage()
    private let paths = ShardPaths(shard: 0)

    private func makePreparer(spares: [StoragePath] = []) throws -> FilePreparer<SimulatedPlatform> {
        try storage.createDirectory(paths.directory)
        try storage.createDirectory(paths.wal)
        for spare in spares { try make(spare) }
        let platform = SimulatedPlatform(disk: storage, clock: SimulatedClock(), seed: 1)
        return FilePreparer(platform: platform, paths: paths, geometry: .tiny, spares: spares)
    }

    private func make(_ path: StoragePath) throws {
        let file = try storage.open(path, .create)
        try file.allocate(UInt64(LogGeometry.tiny.walBytes))
        try file.sync()
    }

    private func prepare(_ preparer: FilePreparer<SimulatedPlatform>) throws {
        while try preparer.step() != .ready {}
    }

    /// Writes through the handle and reads through the name.
    private func nameLeads(to prepared: FilePreparer<SimulatedPlatform>.Prepared) throws -> Bool {
        var page = AlignedBuffer(byteCount: AlignedBuffer.alignment)
        [UInt8](repeating: 7, count: 64).withRawSpan { page.copy(from: $0, at: 0) }
        try prepared.file.write(page.bytes, at: 0)
        var found = AlignedBuffer(byteCount: AlignedBuffer.alignment)
        var target = found.mutableBytes
        _ = try storage.open(prepared.path, .readDirect).read(into: &target, at: 0)
        return found.bytes.equals(page.bytes)
    }

    @Test(arguments: [[], ["spare-0.tmp"], ["spare-0.tmp", "spare-1.tmp", "spare-2.tmp"]])
    func `a file that was taken keeps its name until it is renamed`(spares: [String]) throws {
        let preparer = try makePreparer(spares: spares.map { paths.wal / $0 })
        for round in 0..<6 {
            try prepare(preparer)
            let taken = try #require(preparer.takeReady())
            // Between taking and renaming the preparer and the sealer go on.
            try prepare(preparer)
            let retired = paths.wal / "retired-\(round)"
            try make(retired)
            _ = try preparer.recycle(retired)
            #expect(try nameLeads(to: taken))
            try storage.rename(taken.path, to: paths.wal / "active-\(round)")
        }
    }

    @Test func `a file being prepared keeps its name while others retire`() throws {
        let preparer = try makePreparer(spares: [paths.wal / "spare-0.tmp"])
        // The first step opens the spare.
        _ = try preparer.step()
        let retired = paths.wal / "retired"
        try make(retired)
        #expect(try preparer.recycle(retired))
        try prepare(preparer)
        let taken = try #require(preparer.takeReady())
        #expect(try nameLeads(to: taken))
    }
}
