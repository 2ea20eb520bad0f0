import LogStore
import Simulation
import Testing

@Suite struct FilePreparerTests {
    /// The preparer's thread started the next file under the very name that the committer was about to rename:
    /// the new, empty file became the log, and frames went into a file without a name. Likewise the sealer could
    /// put a retired file over it.
    @Test func `a file that was handed out keeps its name until it is renamed`() throws {
        let storage = SimulatedStorage()
        let paths = ShardPaths(shard: 0)
        try storage.createDirectory(paths.directory)
        try storage.createDirectory(paths.wal)
        let preparer = FilePreparer(
            platform: SimulatedPlatform(disk: storage, seed: 1), paths: paths, geometry: .tiny, spares: [])
        var names: Set<String> = []
        for round in 0..<6 {
            while try preparer.step() != .ready {}
            let taken = try #require(preparer.takeReady())
            while try preparer.step() != .ready {}
            let retired = paths.wal / "retired-\(round)"
            storage.tamper { $0.placeFile(retired, [UInt8](repeating: 7, count: LogGeometry.tiny.walBytes)) }
            #expect(try preparer.recycle(retired) || round >= 4)
            // The name still leads to the file that was handed out.
            var page = AlignedBuffer(byteCount: AlignedBuffer.alignment)
            mark(&page)
            try taken.file.write(page.bytes, at: 0)
            #expect(storage.disk.bytes(of: taken.path)?.first == 1)
            names.insert(taken.path.name)
            try storage.rename(taken.path, to: paths.wal / "\(round).wal")
        }
        #expect(names.count > 1)
    }

    private func mark(_ page: inout AlignedBuffer) {
        var bytes = page.mutableBytes
        bytes.set(UInt8(1), at: 0)
    }
}
