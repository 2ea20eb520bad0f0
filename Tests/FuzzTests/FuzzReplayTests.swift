import CFuzzer
import Foundation
import FuzzDecoders
import Testing

/// Replays everything the fuzzer started from and everything it ever found. Nothing may stop the process.
@Suite struct FuzzReplayTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz")

    private static func files(_ kind: String, _ decoder: FuzzDecoder) throws -> [(
        name: String, bytes: [UInt8]
    )] {
        let place = directory.appending(path: kind).appending(path: decoder.name)
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().map {
            ($0, [UInt8](try Data(contentsOf: place.appending(path: $0))))
        }
    }

    @Test(arguments: FuzzDecoder.all.map(\.name))
    func `a decoder accepts its samples, and they are the ones in the corpus`(name: String) throws {
        let decoder = try #require(FuzzDecoder.named(name))
        let samples = try decoder.samples()
        let corpus = try Self.files("corpus", decoder)
        #expect(!samples.isEmpty)
        for (index, sample) in samples.enumerated() {
            #expect(decoder.judge(sample), "sample \(index)")
            // A change of a format shows here, and asks for the old file to stay beside the new one.
            let isKept = corpus.first { $0.name == "sample-\(index).bin" }?.bytes == sample
            #expect(isKept, "sample \(index)")
            var repaired = sample
            decoder.repair?(&repaired)
            #expect(decoder.judge(repaired), "repaired sample \(index)")
        }
    }

    @Test(arguments: FuzzDecoder.all.map(\.name))
    func `corpus and findings stop nothing`(name: String) throws {
        let decoder = try #require(FuzzDecoder.named(name))
        for (_, bytes) in try Self.files("corpus", decoder) + Self.files("findings", decoder) {
            _ = decoder.judge(bytes)
        }
    }

    @Test(arguments: FuzzDecoder.all.map(\.name))
    func `every truncation and many flips of a sample stop nothing`(name: String) throws {
        let decoder = try #require(FuzzDecoder.named(name))
        for sample in try decoder.samples() {
            // Whole files are long; a prime step visits every kind of field.
            let step = sample.count > 2048 ? 61 : 1
            for length in stride(from: 0, to: sample.count, by: step) {
                _ = decoder.judge(Array(sample.prefix(length)))
                var changed = sample
                changed[length] ^= 1 << (length % 8)
                _ = decoder.judge(changed)
                changed[length] = 0xFF
                decoder.repair?(&changed)
                _ = decoder.judge(changed)
            }
        }
    }

    /// Every count and length of every sample set to its largest value, under a limit of 64 MiB more than the
    /// process has: a decoder that allocates what the input asks for is stopped.
    @Test func `no input makes a decoder allocate without measure`() async throws {
        await #expect(processExitsWith: .success) {
            guard holdfast_fuzz_limit_memory(64 << 20) == 1 else { exit(1) }
            for decoder in FuzzDecoder.all {
                for sample in try decoder.samples() {
                    for offset in stride(from: 0, to: min(sample.count, 512) - 4, by: 4) {
                        var changed = sample
                        changed.replaceSubrange(offset..<offset + 4, with: [0xFF, 0xFF, 0xFF, 0x7F])
                        _ = decoder.judge(changed)
                        decoder.repair?(&changed)
                        _ = decoder.judge(changed)
                    }
                }
            }
        }
    }
}
