import Foundation
import Glibc
import LogStore

/// Results. Written whole or not at all as far as the reader goes along; a reader that left ends the
/// command.
enum StandardOutput {
    static func write(_ bytes: [UInt8]) throws {
        try FileOutput.write(bytes, to: STDOUT_FILENO, "standard output")
    }
    static func line(_ text: String) throws { try write(Array(text.utf8) + [10]) }

    /// One JSON document.
    static func json(_ value: some Encodable) throws { try write(try encoded(value)) }

    /// One JSON document on a line of its own.
    static func jsonLine(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try write(Array(try encoder.encode(value)) + [10])
    }

    fileprivate static func encoded(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [10]
    }
}

/// Progress and errors. Losing them is no failure.
enum StandardError {
    static func write(_ line: String) { raw(line + "\n") }

    /// One JSON document, where standard output is taken by data.
    static func json(_ value: some Encodable) throws {
        raw(String(decoding: try StandardOutput.encoded(value), as: UTF8.self))
    }

    static func raw(_ text: String) {
        let bytes = Array(text.utf8)
        // SAFETY: the array is alive across the call, and the count is its own.
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// A file outside the data directory, or standard output.
final class FileOutput {
    private let descriptor: Int32
    private let name: String

    /// - Parameter path: nil for standard output.
    init(path: String?, mode: mode_t = 0o644) throws {
        name = path ?? "standard output"
        guard let path else {
            descriptor = STDOUT_FILENO
            return
        }
        // SAFETY: the string lives as long as the call.
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        if descriptor < 0 {
            let code = errno
            throw CommandFailure(
                code == EEXIST ? .usage : .inputOutput, "cannot create \(path): \(ErrorNumber.text(code))")
        }
    }

    func write(_ bytes: [UInt8]) throws { try Self.write(bytes, to: descriptor, name) }

    /// Makes a file durable and closes it.
    func close() throws {
        guard descriptor != STDOUT_FILENO else { return }
        let synced = fsync(descriptor)
        let code = errno
        _ = Glibc.close(descriptor)
        if synced != 0 {
            throw CommandFailure(.inputOutput, "cannot sync \(name): \(ErrorNumber.text(code))")
        }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, _ name: String) throws {
        var done = 0
        while done < bytes.count {
            // SAFETY: the pointer lies in the array and the count ends with it.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + done }, $0.count - done)
            }
            if count >= 0 {
                done += count
                continue
            }
            let code = errno
            if code == EINTR { continue }
            if code == EPIPE { throw CommandFailure(.brokenPipe, "") }
            throw CommandFailure(.inputOutput, "cannot write \(name): \(ErrorNumber.text(code))")
        }
    }
}

/// Small files outside the data directory: keys, grants, proofs, events.
enum InputFile {
    /// The whole file; longer ones are refused before they are read.
    static func read(_ path: String, byteCountMax: Int) throws -> [UInt8] {
        // SAFETY: the string lives as long as the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.missing, "cannot open \(path): \(ErrorNumber.text(errno))")
        }
        defer { _ = close(descriptor) }
        return try readAll(descriptor, path, byteCountMax: byteCountMax)
    }

    static func readAll(_ descriptor: Int32, _ name: String, byteCountMax: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try readSome(descriptor, name, count: 64 << 10)
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= byteCountMax else {
                throw CommandFailure(.corruptCommitted, "\(name) is longer than \(byteCountMax) bytes")
            }
        }
    }

    /// What there is, at most `count`; nothing at the end.
    static func readSome(_ descriptor: Int32, _ name: String, count: Int) throws -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: count)
        while true {
            // SAFETY: at most the array's own length is filled.
            let got = unsafe piece.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if got >= 0 {
                piece.removeLast(count - got)
                return piece
            }
            let code = errno
            if code != EINTR {
                throw CommandFailure(.inputOutput, "cannot read \(name): \(ErrorNumber.text(code))")
            }
        }
    }
}
