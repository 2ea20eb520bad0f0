import CFuzzer
import Foundation
import FuzzDecoders
import LogStore
import Synchronization

/// Feeds decoders with bytes.
///
///     holdfast-fuzz list                          names, one a line
///     holdfast-fuzz samples DIRECTORY             writes the corpus
///     holdfast-fuzz replay DECODER FILE…          judges files, one by one
///     holdfast-fuzz fuzz DECODER [libFuzzer's]    fuzzes; only in a build with libFuzzer (`scripts/fuzz`)
@main struct FuzzCommand {
    static func main() throws {
        let arguments = CommandLine.arguments
        switch (arguments.dropFirst().first, arguments.count) {
        case ("list", 2): for decoder in FuzzDecoder.all { print(decoder.name) }
        case ("samples", 3): try writeSamples(to: URL(filePath: arguments[2]))
        case ("replay", 4...): try replay(decoder(arguments[2]), arguments.dropFirst(3))
        case ("fuzz", 3...): fuzz(decoder(arguments[2]), arguments.dropFirst(3))
        default: stop("usage: holdfast-fuzz list | samples DIRECTORY | replay DECODER FILE… | fuzz DECODER …")
        }
    }

    private static func stop(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(64)
    }

    private static func decoder(_ name: String) -> FuzzDecoder {
        guard let decoder = FuzzDecoder.named(name) else { stop("no decoder \(name); `list` shows all") }
        return decoder
    }

    private static func writeSamples(to directory: URL) throws {
        for decoder in FuzzDecoder.all {
            let place = directory.appending(path: decoder.name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (index, sample) in try decoder.samples().enumerated() {
                try Data(sample).write(to: place.appending(path: "sample-\(index).bin"))
            }
        }
    }

    private static func replay(_ decoder: FuzzDecoder, _ files: ArraySlice<String>) throws {
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
            print("\(file): \(decoder.judge(bytes) ? "accepted" : "refused")")
        }
    }

    // MARK: libFuzzer

    /// What the C callbacks work with; they cannot carry anything along.
    private static let current = Mutex<FuzzDecoder?>(nil)

    private static func fuzz(_ decoder: FuzzDecoder, _ options: ArraySlice<String>) {
        guard holdfast_fuzz_is_available() == 1 else { stop("this build has no libFuzzer; use scripts/fuzz") }
        current.withLock { $0 = decoder }
        let arguments = ["holdfast-fuzz", "-max_len=\(decoder.byteCountMax)"] + options
        // SAFETY: libFuzzer keeps the strings for the life of the process; they are never freed.
        unsafe (arguments.map { unsafe strdup($0) } + [nil]).withUnsafeBufferPointer { strings in
            let copy = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(
                capacity: strings.count)
            _ = unsafe copy.initialize(from: strings)
            exit(
                unsafe holdfast_fuzz_run(
                    Int32(arguments.count), copy.baseAddress, judge, decoder.repair == nil ? nil : repair))
        }
    }

    private static let judge: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32 = { bytes, count in
        guard let decoder = current.withLock({ $0 }) else { return 0 }
        // SAFETY: libFuzzer passes `count` readable bytes.
        let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
        _ = decoder.judge(input)
        return 0
    }

    private static let repair: @convention(c) (UnsafeMutablePointer<UInt8>?, Int, Int) -> Int = {
        bytes, count, capacity in
        guard let repair = current.withLock({ $0?.repair }), let bytes = unsafe bytes else { return count }
        // SAFETY: libFuzzer passes room for `capacity` bytes, of which `count` are set.
        var input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
        repair(&input)
        guard input.count <= capacity else { return count }
        for (offset, byte) in input.enumerated() { unsafe bytes[offset] = byte }
        return input.count
    }
}
