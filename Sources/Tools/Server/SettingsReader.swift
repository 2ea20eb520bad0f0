import Configuration
import SystemPackage

/// Reads one setting after the other: the flag if there is one, else the environment, else the file.
struct SettingsReader {
    private let environment: ConfigReader
    private let file: ConfigReader?

    /// - Parameter file: a JSON object; its keys are the flags' names without the dashes before them.
    init(file: String?, _ variables: [String: String]) async throws {
        environment = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
        guard let file else {
            self.file = nil
            return
        }
        do {
            let provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(file))
            self.file = ConfigReader(provider: provider)
        } catch { throw CommandFailure(.usage, "configuration file \(file): \(error)") }
    }

    func text(_ flag: String?, _ name: String) throws -> String? {
        flag ?? environment.string(forKey: variable(name)) ?? file?.string(forKey: key(name))
    }

    func number(_ flag: Int?, _ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        let value = try flag ?? said(name) { Int($0) } ?? file?.int(forKey: key(name))
        guard let value else { return nil }
        guard range.contains(value) else {
            throw CommandFailure(
                .usage, "\(name) is \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
        return value
    }

    func truth(_ flag: Bool?, _ name: String) throws -> Bool? {
        try flag ?? said(name) { Bool($0) } ?? file?.bool(forKey: key(name))
    }

    /// What a variable of the environment says; one that says nonsense is not passed over.
    private func said<Value>(_ name: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let text = environment.string(forKey: variable(name)) else { return nil }
        guard let value = parse(text) else {
            throw CommandFailure(.usage, "\(name) in the environment is \"\(text)\"")
        }
        return value
    }

    /// `idle-seconds` is `HOLDFAST_IDLE_SECONDS` in the environment.
    private func variable(_ name: String) -> ConfigKey {
        ConfigKey(["holdfast"] + name.split(separator: "-").map(String.init))
    }

    private func key(_ name: String) -> ConfigKey { ConfigKey([name]) }
}
