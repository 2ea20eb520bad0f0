import Foundation

/// One card transaction, as somebody else wrote it down.
struct GroundRow: BitwiseCopyable {
    var transaction: UInt64
    /// Seconds since the Unix epoch, UTC.
    var time: UInt64
    var card: UInt32
    /// 0 … 99: the terminal's number by hundreds.
    var merchant: UInt32
    /// Minor units of EUR; 0 is there, and is not payable.
    var amount: Int64
    var isFraud: Bool
}

/// Why there are no rows to run against.
enum GroundError: Error, CustomStringConvertible {
    /// A line of a file does not have the form of README.md.
    case malformedLine(file: String, line: Int)
    /// A program that was started ended with another status than 0.
    case failed(program: String, status: Int32)
    /// There is nothing in a directory that somebody named.
    case missing(directory: String)
    /// There is something, but not what is known to be in it.
    case incomplete(what: String, found: Int, wanted: Int)

    var description: String {
        switch self {
        case .malformedLine(let file, let line): "\(file):\(line): not a card transaction"
        case .failed(let program, let status): "\(program) ended with status \(status)"
        case .missing(let directory):
            "no card transactions in \(directory), which was named for them"
        case .incomplete(let what, let found, let wanted): "\(found) \(what), not \(wanted)"
        }
    }
}

/// Files of card transactions: those of the directory that `HOLDFAST_DATA` names, or `shared/data` beside the
/// checkout; where there are none and no directory was named, one that is made up, of the same form.
struct GroundFiles {
    /// What the data's own README.md counts in April to July 2018; its fields were counted once more.
    static let (rowCount, cardCount, dayCount) = (1_169_723, 4_986, 122)

    let paths: [String]
    let isGenerated: Bool

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The second program.
    static var script: String { root.appending(path: "Tests/Ground/ground_totals.py").path }

    /// - Parameters:
    ///   - directory: where to look, and they must be; nil for where they usually are.
    ///   - rows: how many to make up if there are none.
    init(in directory: String?, orGenerate rows: Int) throws {
        let told = directory ?? ProcessInfo.processInfo.environment["HOLDFAST_DATA"]
        let directory =
            told.map { URL(filePath: $0) }
            ?? Self.root.deletingLastPathComponent().appending(path: "shared/data")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        let found = names.filter { $0.hasPrefix("card-transactions-") && $0.hasSuffix(".csv.gz") }
        if found.isEmpty {
            if told != nil { throw GroundError.missing(directory: directory.path) }
            isGenerated = true
            paths = [try Self.generate(rows)]
        } else {
            isGenerated = false
            paths = found.sorted().map { directory.appending(path: $0).path }
        }
    }

    /// Throws unless these are all the rows that there are known to be.
    static func checkAll(_ rows: [GroundRow]) throws {
        let counts = [
            ("rows", rows.count, rowCount), ("cards", Set(rows.map(\.card)).count, cardCount),
            ("days", Set(rows.map { $0.time / GroundTime.day }).count, dayCount),
        ]
        for (what, found, wanted) in counts where found != wanted {
            throw GroundError.incomplete(what: what, found: found, wanted: wanted)
        }
    }

    /// Removes what was made up.
    func remove() throws {
        guard isGenerated else { return }
        for path in paths { try FileManager.default.removeItem(atPath: path) }
    }

    /// At most `most` rows of all files, in order.
    func rows(most: Int) throws -> [GroundRow] {
        var rows: [GroundRow] = []
        for path in paths where rows.count < most {
            let bytes = path.hasSuffix(".gz") ? try runProgram("gzip", ["-dc", path]) : try Self.read(path)
            try Self.parse(bytes, of: path, most: most, into: &rows)
        }
        return rows
    }

    private static func read(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    private static func parse(
        _ bytes: Data, of file: String, most: Int, into rows: inout [GroundRow]
    ) throws {
        let lines = [UInt8](bytes).split(separator: UInt8(ascii: "\n"))
        for (number, line) in lines.enumerated().dropFirst() where rows.count < most {
            guard let row = GroundRow(line) else {
                throw GroundError.malformedLine(file: file, line: number + 1)
            }
            rows.append(row)
        }
    }

    /// Rows with cents of every ending, some of nothing, some frauds; about 9,600 a day.
    private static func generate(_ count: Int) throws -> String {
        var text = "transaction_id,time,customer_id,terminal_id,amount_minor,fraud,fraud_scenario\n"
        var (lot, time) = (UInt64(0x6E0_6E0), UInt64(1_522_540_800))
        func draw(_ end: UInt64) -> UInt64 {
            lot = lot &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (lot >> 33) % end
        }
        for number in 0..<count {
            time += draw(19)
            let amount = draw(5_000) == 0 ? 0 : draw(50) == 0 ? draw(4) : draw(12_000)
            let fraud = draw(120) == 0 ? 1 : 0
            let (card, terminal) = (draw(5_000), draw(10_000))
            text += "\(number),\(GroundTime.text(time)),\(card),\(terminal),\(amount),\(fraud),\(fraud)\n"
        }
        let file = FileManager.default.temporaryDirectory
            .appending(path: "holdfast-ground-\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: file)
        return file.path
    }
}

/// Runs a program to its end; what it printed.
func runProgram(_ program: String, _ arguments: [String]) throws -> Data {
    let child = Process()
    let output = Pipe()
    child.executableURL = URL(filePath: "/usr/bin/env")
    child.arguments = [program] + arguments
    child.standardOutput = output
    try child.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    child.waitUntilExit()
    guard child.terminationStatus == 0 else {
        throw GroundError.failed(program: program, status: child.terminationStatus)
    }
    return data
}

extension GroundRow {
    /// Nil for a line of another form.
    fileprivate init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard fields.count == 7, let transaction = Self.number(fields[0]),
            let time = GroundTime.seconds(fields[1]), let card = Self.number(fields[2]),
            let terminal = Self.number(fields[3]), terminal < 10_000, let amount = Self.number(fields[4]),
            let fraud = Self.number(fields[5]), fraud <= 1
        else { return nil }
        self.init(
            transaction: transaction, time: time, card: UInt32(truncatingIfNeeded: card),
            merchant: UInt32(terminal / 100), amount: Int64(amount), isFraud: fraud == 1)
    }

    fileprivate static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 15 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return value
    }
}

/// Civil time of UTC and back. Days from civil after Hinnant, "chrono-compatible low-level date algorithms".
enum GroundTime {
    static let day: UInt64 = 86_400
    static let hour: UInt64 = 3_600

    /// Of `2018-04-01T00:00:31Z`; nil for another form.
    static func seconds(_ text: ArraySlice<UInt8>) -> UInt64? {
        let start = text.startIndex
        func part(_ from: Int, _ count: Int) -> UInt64? {
            GroundRow.number(text[start + from..<start + from + count])
        }
        guard text.count == 20, let year = part(0, 4), year >= 1970, let month = part(5, 2),
            1...12 ~= month, let day = part(8, 2), let hour = part(11, 2), let minute = part(14, 2),
            let second = part(17, 2)
        else { return nil }
        return days(year, month, day) * Self.day + hour * Self.hour + minute * 60 + second
    }

    private static func days(_ year: UInt64, _ month: UInt64, _ day: UInt64) -> UInt64 {
        let year = month <= 2 ? year - 1 : year
        let (era, ofEra) = (year / 400, year % 400)
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    /// Year, month and day of a day since 1970.
    static func civil(_ day: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let shifted = day + 719_468
        let (era, ofEra) = (shifted / 146_097, shifted % 146_097)
        let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            year + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    /// `2018-04` of a day since 1970.
    static func month(_ day: UInt64) -> String {
        let (year, month, _) = civil(day)
        return "\(year)-\(two(month))"
    }

    static func text(_ time: UInt64) -> String {
        let (_, _, day) = civil(time / Self.day)
        let (hour, minute) = (time % Self.day / Self.hour, time % Self.hour / 60)
        return "\(month(time / Self.day))-\(two(day))T\(two(hour)):\(two(minute)):\(two(time % 60))Z"
    }

    private static func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
