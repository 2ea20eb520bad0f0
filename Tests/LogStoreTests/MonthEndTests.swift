import LogStore
import Simulation
import TestSupport
import Testing

/// Months that end anywhere in a subtree of 256 leaves: what is given up on one side of the end takes nothing
/// from the proofs of the other.
@Suite struct MonthEndTests {
    private static let november = Month(number: 202_611)!
    private static let december = Month(number: 202_612)!

    /// A log whose November ends so many events past a multiple of 256; December and January follow.
    private static func log(ending past: UInt64) throws -> TestLog {
        let test = try TestLog()
        let end = 512 + past
        while test.log.position.nextSequence < end {
            let missing = Int(end - test.log.position.nextSequence)
            try test.append(groups: 1, of: min(missing, 40))
        }
        try test.append(groups: 20, of: 40, time: november.end)
        try test.append(groups: 4, of: 40, time: december.end)
        try test.sealAll()
        try test.log.parts.closeMonths()
        try test.settle()
        return test
    }

    @Test(arguments: [0, 1, 255, 256, 257] as [UInt64])
    func `proofs hold on both sides of a month's end, the month there or given up`(_ past: UInt64) throws {
        let test = try Self.log(ending: past)
        let manifest = try #require(test.log.parts.catalog.manifest(Self.november))
        let end = try #require(manifest.entries.last).sequences.upperBound
        #expect(end == 512 + past && manifest.isClosed)
        let events = try test.readAll()
        try test.log.signCheckpoint()
        let checkpoint = try #require(try test.log.signedCheckpoint())
        func prove(_ sequences: [UInt64]) throws {
            for sequence in sequences {
                let proof = try test.log.inclusionProof(of: sequence, in: checkpoint)
                _ = try test.log.verifier.inclusion(
                    of: events[Int(sequence)], proof: Array(proof.text))
            }
        }
        let (before, after) = ([0, 255, 256, end - 2, end - 1], [end, end + 1, end + 255, end + 256])
        try prove(before + after)
        // Another event is not the one proved.
        let proof = try test.log.inclusionProof(of: end, in: checkpoint)
        #expect(throws: (any Error).self) {
            _ = try test.log.verifier.inclusion(of: events[Int(end) - 1], proof: Array(proof.text))
        }
        let archive = DirectoryArchive(disk: SimulatedStorage())
        var retention = Retention()
        retention.localMonths = 1
        _ = try test.log.archive(Self.november, to: archive)
        #expect(try test.log.evict(Self.november, from: archive, retention: retention) > 0)
        // The leaf hashes of a subtree that lies on both sides stayed; those of whole ones did not.
        let edge = end / 256 * 256
        try prove(after + before.filter { $0 >= edge })
        for sequence in before where sequence < edge {
            #expect(throws: LogStoreError.self) { try prove([sequence]) }
        }
        _ = try test.log.restore(Self.november, from: archive)
        try prove(before + after)
    }

    /// Pins the bytes of what a month leaves behind: its statement, and the stub of a segment given up.
    @Test func `the bytes of a statement and of a stub are fixed`() throws {
        let test = try Self.log(ending: 1)
        let manifest = try #require(test.log.parts.catalog.manifest(Self.november))
        let paths = ShardPaths(shard: 0)
        let archive = DirectoryArchive(disk: SimulatedStorage())
        var retention = Retention()
        retention.localMonths = 1
        _ = try test.log.archive(Self.november, to: archive)
        _ = try test.log.evict(Self.november, from: archive, retention: retention)
        let disk = test.storage.crash().settled()
        let statement = try #require(disk.bytes(of: paths.close(Self.november)))
        let first = try #require(manifest.entries.first)
        let stub = try #require(disk.bytes(of: paths.stub(Self.november, first.sequences)))
        func hash(_ bytes: [UInt8]) -> String { "\(bytes.withRawSpan { SHA256.of($0) })" }
        #expect(
            "\(statement.count) \(hash(statement))"
                == "601 32eb6daec934df301cc37f026f4486da8fb95d1652a39864e2b8122308c3d867")
        #expect(
            "\(stub.count) \(hash(stub))"
                == "5008 bb890311019d7feecce317abd9da71a6d3cf7f4e3275d4817070837389359ff6")
    }
}
