import Foundation
import LogStore
import Testing

@Suite struct RepairCommandTests {
    /// A sealed log, and a copy of its segments where an archive has them.
    private func makeLog(_ holdfast: Command) throws {
        let created = try holdfast("init", "--json").json
        let ledger = try #require(created["ledger"] as? String)
        #expect(
            try holdfast("append", "--wal-mib", "1", "--count", "30000", "--bytes", "100").status == 0)
        #expect(try holdfast("seal", "--wal-mib", "1").status == 0)
        for file in try holdfast.files(".seg") {
            let target = holdfast.directory.appending(path: "archive/\(ledger)/\(file)")
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: holdfast.directory.appending(path: "data/\(file)"), to: target)
        }
    }

    @Test func `a damaged segment is repaired from the archive, and each outcome has its status`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        let segment = try #require(try holdfast.files(".seg").first)
        #expect(try holdfast("repair", "--archive", "archive", "--json").status == 0)
        try holdfast.flip(segment, at: 5000)
        #expect(try holdfast("verify").status == 80)
        let dryRun = try holdfast("repair", "--archive", "archive", "--dry-run", "--json")
        #expect(dryRun.status == 80, "\(dryRun.errors)")
        let found = try #require(try dryRun.json["segments"] as? [[String: Any]])
        #expect(found.map { $0["outcome"] as? String } == ["repairable"])
        #expect(found.map { $0["file"] as? String } == [segment])
        #expect(try holdfast("verify").status == 80)

        let repaired = try holdfast("repair", "--archive", "archive", "--segment", "0", "--json")
        #expect(repaired.status == 0, "\(repaired.errors)")
        let done = try #require((try repaired.json["segments"] as? [[String: Any]])?.first)
        #expect(done["outcome"] as? String == "repaired")
        let kept = try #require(done["quarantine"] as? String)
        #expect(try holdfast.files("").contains(kept))
        #expect(try holdfast("verify").status == 0)
        let text = try holdfast("repair", "--archive", "archive", "--quick")
        #expect(text.status == 0 && text.text.contains("0 damaged"))
    }

    @Test func `an archive that cannot help, a writer and misuse have their own status`() throws {
        let holdfast = try Command()
        try makeLog(holdfast)
        let segment = try #require(try holdfast.files(".seg").first)
        try holdfast.flip(segment, at: 5000)
        let archived = try #require(
            try FileManager.default.subpathsOfDirectory(
                atPath: holdfast.directory.appending(path: "archive").path
            )
            .first { $0.hasSuffix(segment) })
        try holdfast.flip("../archive/\(archived)", at: 6000)
        let damaged = try holdfast("repair", "--archive", "archive")
        #expect(damaged.status == 65 && damaged.text.contains("NOT repaired"), "\(damaged.text)")
        try FileManager.default.createDirectory(
            at: holdfast.directory.appending(path: "empty"), withIntermediateDirectories: true)
        #expect(try holdfast("repair", "--archive", "empty").status == 66)
        #expect(try holdfast("repair", "--archive", "nowhere").status == 66)
        #expect(try holdfast("repair", "--archive", "archive", "--segment", "99999999").status == 66)
        #expect(try holdfast("repair", "--archive", "archive", "--quick", "--segment", "0").status == 64)
        #expect(try holdfast("repair").status == 64)
        let lock = try LinuxStorage(root: holdfast.directory.appending(path: "data").path)
            .lock(ShardPaths.lock, note: "the test\n")
        #expect(try holdfast("repair", "--archive", "archive").status == 69)
        #expect(try holdfast("repair", "--archive", "archive", "--dry-run").status == 65)
        withExtendedLifetime(lock) {}
    }
}
