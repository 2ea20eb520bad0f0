import CHoldfastSystem
import Foundation
import LogStore

/// A file written with bare system calls: what the machine can do at most.
final class RawFile {
    /// How bytes become durable.
    enum Method: String, CaseIterable {
        case syncCall = "pwrite+fdatasync"
        case direct = "O_DIRECT|O_DSYNC"
    }

    private let descriptor: Int32
    private let method: Method
    private let byteCount: Int
    private var offset = 0

    /// Opens a file that `prepare` made.
    init(_ path: String, _ method: Method) throws {
        let flags = method == .direct ? holdfast_o_direct() | O_DSYNC : 0
        descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | flags)
        self.method = method
        byteCount = Int(lseek(descriptor, 0, SEEK_END))
        if descriptor < 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// Makes a file whose every block is written and synced, as the log's own files are before use.
    static func prepare(_ path: String, byteCount: Int) throws {
        let flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | holdfast_o_direct()
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        let zeros = AlignedBuffer(byteCount: 1 << 20)
        guard holdfast_fallocate(descriptor, 0, Int64(byteCount)) == 0 else { throw POSIXError(.ENOSPC) }
        for offset in stride(from: 0, to: byteCount, by: zeros.byteCount) {
            // SAFETY: the buffer outlives the call.
            let written = unsafe zeros.bytes.withUnsafeBytes { bytes in
                unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
            }
            guard written == zeros.byteCount else { throw POSIXError(.EIO) }
        }
        guard fsync(descriptor) == 0 else { throw POSIXError(.EIO) }
    }

    /// Writes `bytes` behind the last ones (from the start again at the end) and waits for the device;
    /// returns how long it took.
    func write(_ bytes: borrowing AlignedBuffer) throws -> UInt64 {
        if offset + bytes.byteCount > byteCount { offset = 0 }
        let start = Clock.now
        // SAFETY: as above.
        let written = unsafe bytes.bytes.withUnsafeBytes { bytes in
            unsafe pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
        }
        guard written == bytes.byteCount else { throw POSIXError(.EIO) }
        if method == .syncCall, fdatasync(descriptor) != 0 { throw POSIXError(.EIO) }
        offset += bytes.byteCount
        return Clock.now - start
    }
}

/// Ceilings of durable writes of one size, by both methods in turn.
final class WriteCeiling {
    private let files: [(method: RawFile.Method, file: RawFile)]
    private let byteCount: Int
    private(set) var runs: [RawFile.Method: [Run]] = [:]

    init(_ place: Place, byteCount: Int) throws {
        self.byteCount = byteCount
        files = try RawFile.Method.allCases.map { method in
            let path = place.path("raw-\(method == .direct ? "direct" : "sync").tmp")
            try RawFile.prepare(path, byteCount: 64 << 20)
            return (method, try RawFile(path, method))
        }
    }

    /// Measures `writes` writes of each method; a run's rate is in `unitsPerWrite`.
    func measure(writes: Int, unitsPerWrite: Int) throws {
        let buffer = AlignedBuffer(byteCount: byteCount)
        for (method, file) in files {
            var durations = Durations(capacity: writes)
            let start = Clock.now
            for _ in 0..<writes { durations.add(try file.write(buffer)) }
            let run = Run(
                count: writes * unitsPerWrite, nanoseconds: Clock.now - start, durations: durations)
            runs[method, default: []].append(run)
        }
    }

    /// The better method's runs.
    var best: (method: RawFile.Method, runs: [Run]) {
        let ranked = RawFile.Method.allCases.map { ($0, runs[$0] ?? []) }
        let best = ranked.max { $0.1.median(\.perSecond) < $1.1.median(\.perSecond) }
        return best ?? (.direct, [])
    }
}

/// Both ways to make bytes durable, by size.
struct WriteMethodBenchmark {
    private let setting: Setting

    init(_ setting: Setting) { self.setting = setting }

    func run() throws {
        for byteCount in [4 << 10, 64 << 10, 256 << 10, 1 << 20] {
            let ceiling = try WriteCeiling(setting.place, byteCount: byteCount)
            for _ in 0..<setting.runs {
                try ceiling.measure(writes: min(2000, (256 << 20) / byteCount), unitsPerWrite: byteCount)
            }
            for method in RawFile.Method.allCases {
                let runs = ceiling.runs[method] ?? []
                var line = Line("write-\(byteCount >> 10)k", runs, ceilings: runs)
                line.add("unit", text: "bytes")
                line.add("method", text: method.rawValue)
                line.print()
            }
        }
    }
}
