import Glibc

/// Reads comma-separated values (RFC 4180), one record after the other. A record is a line: quoted fields may
/// hold commas and doubled quotes, no line breaks.
struct CSVReader {
    /// One line of the file.
    struct Record {
        /// From 1.
        let line: Int
        let fields: [String]
    }

    /// A line that is no record.
    struct Malformed: Error {
        let line: Int
        /// Field, from 1.
        let column: Int
        let problem: String
    }

    private let name: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Of `buffer`: what was read.
    private var start = 0
    private var isAtEnd = false
    private var line = 0

    private static var lineBytesMax: Int { 64 << 10 }

    /// - Parameter path: "-" is standard input.
    init(path: String) throws {
        name = path == "-" ? "standard input" : path
        // SAFETY: the string lives as long as the call.
        descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw CommandFailure(.missing, "cannot open \(path)") }
    }

    func close() {
        if descriptor != STDIN_FILENO { _ = Glibc.close(descriptor) }
    }

    /// The next record that is not empty; nil at the end.
    ///
    /// - Throws: `Malformed` of a line that is none; the next may be one.
    mutating func next() throws -> Record? {
        while let bytes = try nextLine() {
            line += 1
            if bytes.isEmpty { continue }
            return Record(line: line, fields: try fields(bytes))
        }
        return nil
    }

    /// Without its end; nil at the end of the file.
    private mutating func nextLine() throws -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return trimmed(buffer[start..<end])
            }
            searched = buffer.count
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? trimmed(buffer[start...]) : nil
            }
            guard searched - start <= Self.lineBytesMax else {
                throw CommandFailure(
                    .corruptCommitted, "\(name), line \(line + 1) is longer than \(Self.lineBytesMax) bytes")
            }
            buffer.removeFirst(start)
            searched -= start
            start = 0
            let piece = try InputFile.readSome(descriptor, name, count: 256 << 10)
            isAtEnd = piece.isEmpty
            buffer += piece
        }
    }

    /// Without the carriage return of line ends on Windows.
    private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
    }

    private func fields(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> [String] {
        var (fields, rest) = ([String](), bytes)
        while true {
            fields.append(try field(&rest, fields.count + 1))
            guard let separator = rest.popFirst() else { return fields }
            guard separator == UInt8(ascii: ",") else {
                throw malformed(fields.count, "something stands behind the closing quote")
            }
        }
    }

    /// Takes one field; the comma behind it stays.
    private func field(_ rest: inout ArraySlice<UInt8>, _ column: Int) throws(Malformed) -> String {
        let quote = UInt8(ascii: "\"")
        guard rest.first == quote else {
            let plain = rest.prefix { $0 != UInt8(ascii: ",") }
            rest = rest.dropFirst(plain.count)
            return try text(Array(plain), column)
        }
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == quote else {
                bytes.append(byte)
                continue
            }
            guard rest.first == quote else { return try text(bytes, column) }
            bytes.append(quote)
            rest.removeFirst()
        }
        throw malformed(column, "a quoted field does not end on its line")
    }

    private func text(_ bytes: [UInt8], _ column: Int) throws(Malformed) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw malformed(column, "is not UTF-8")
        }
        return text
    }

    private func malformed(_ column: Int, _ problem: String) -> Malformed {
        Malformed(line: line, column: column, problem: problem)
    }
}
