import ArgumentParser
import LogStore

struct LogInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show what files hold, damaged or not. Needs no key.",
        discussion:
            "Without FILE everything in the data directory. What is damaged is shown; `verify` judges."
    )

    @OptionGroup var place: PlaceOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Files, anywhere.") var files: [String] = []
    @Flag(help: "List every frame and block.") var all = false

    private struct Report: Encodable {
        struct Part: Encodable {
            let name: String
            let offset: UInt64
            let bytes: UInt64
            let fault: String?
            let fields: [String: JSONValue]
        }
        let file: String
        let kind: String
        let bytes: UInt64
        let parts: [Part]
    }

    func run() throws {
        try reportingFailures {
            var reports: [Inspection] = []
            if files.isEmpty {
                let inspector = FileInspector(disk: try place.existing().disk, listsEverything: all)
                for path in try inspector.files(shard: place.shard) {
                    reports.append(try inspector.inspect(path))
                }
            }
            for file in files { reports.append(try inspect(file)) }
            if output.json { return try StandardOutput.json(reports.map(Self.report)) }
            for report in reports { try show(report) }
        }
    }

    private func inspect(_ file: String) throws -> Inspection {
        let path = StoragePath(file)
        let directory = file.hasPrefix("/") && path.parent.description.isEmpty ? "/" : path.parent.description
        let disk = try LinuxStorage(root: directory.isEmpty ? "." : directory)
        var inspection = try FileInspector(disk: disk, listsEverything: all || files.count == 1)
            .inspect(StoragePath(path.name))
        inspection.file = path
        return inspection
    }

    private static func report(_ inspection: Inspection) -> Report {
        Report(
            file: inspection.file.description, kind: inspection.kind.rawValue, bytes: inspection.byteCount,
            parts: inspection.parts.map { part in
                Report.Part(
                    name: part.name, offset: part.offset, bytes: part.byteCount, fault: part.fault,
                    fields: Dictionary(part.fields.map { ($0.name, JSONValue($0.value)) }) { first, _ in first
                    })
            })
    }

    private func show(_ inspection: Inspection) throws {
        try StandardOutput.line(
            "\(inspection.file): \(inspection.kind.rawValue), \(TimeText.bytes(inspection.byteCount))")
        for part in inspection.parts {
            let state = part.fault.map { "NOT VALID: \($0)" } ?? "valid"
            try StandardOutput.line("  \(part.name) at \(part.offset), \(part.byteCount) bytes: \(state)")
            for field in part.fields {
                try StandardOutput.line("    \(field.name): \(Self.text(field.value))")
            }
        }
    }

    private static func text(_ value: Inspection.Value) -> String {
        switch value {
        case .number(let number): "\(number)"
        case .text(let text): text
        case .flag(let flag): flag ? "yes" : "no"
        }
    }
}

/// A number, text or flag in JSON.
enum JSONValue: Encodable {
    case number(UInt64)
    case text(String)
    case flag(Bool)

    init(_ value: Inspection.Value) {
        switch value {
        case .number(let number): self = .number(number)
        case .text(let text): self = .text(text)
        case .flag(let flag): self = .flag(flag)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        }
    }
}
