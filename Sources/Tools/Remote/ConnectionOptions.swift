import ArgumentParser
import Client
import Foundation

/// How a command finds a server and a key; each by a flag, else by the environment.
///
///     holdfast status --directory ./ledger              # its first key, on this machine
///     HOLDFAST_HOST=… HOLDFAST_KEY_FILE=… holdfast status
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Address of the server; HOLDFAST_HOST (default: 127.0.0.1).") var host: String?
    @Option(help: "Its port; HOLDFAST_PORT (default: 7420).") var port: Int?
    @Option(help: "File with an API key; HOLDFAST_KEY_FILE.") var keyFile: String?
    @Option(help: "The directory that is served, for the first key in it; HOLDFAST_DIRECTORY.")
    var directory: String?
    @OptionGroup var tls: TLSOptions
    @Option(help: "Seconds to wait for a server that is about to start.") var wait = 0

    func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait is 0 to 86400") }
    }

    /// Runs a command's work with a client.
    ///
    /// - Parameter patience: seconds for which a command is tried again when connections break.
    func withClient(
        patience: Int = 30, _ work: (LedgerClient) async throws -> Void
    ) async throws {
        let client = try await connect(patience: patience)
        do { try await work(client) } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    private func connect(patience: Int) async throws -> LedgerClient {
        let place = try place()
        let deadline = ContinuousClock.now + .seconds(wait)
        while true {
            do { return try await place.connect(patience: patience) } catch {
                guard place.mayStartSoon(error), ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Where the server is.
    func place() throws -> ServerPlace {
        let environment = ProcessInfo.processInfo.environment
        var place = ServerPlace(keyFile: try keyPath(environment), tls: try tls.trust())
        place.host = host ?? environment["HOLDFAST_HOST"] ?? place.host
        if let port = try port ?? Self.environmentPort() {
            guard (1...65_535).contains(port) else { throw CommandFailure(.usage, "\(port) is no port") }
            place.port = port
        }
        return place
    }

    private func keyPath(_ environment: [String: String]) throws -> String {
        if let keyFile { return keyFile }
        if let directory { return directory + "/api-key" }
        if let file = environment["HOLDFAST_KEY_FILE"] { return file }
        if let directory = environment["HOLDFAST_DIRECTORY"] { return directory + "/api-key" }
        throw CommandFailure(
            .usage,
            "an API key is needed: --key-file FILE, or --directory with the one that is served")
    }

    /// What HOLDFAST_PORT says.
    static func environmentPort() throws -> Int? {
        guard let text = ProcessInfo.processInfo.environment["HOLDFAST_PORT"] else { return nil }
        guard let port = Int(text) else { throw CommandFailure(.usage, "HOLDFAST_PORT is \"\(text)\"") }
        return port
    }
}

/// Whom to trust off loopback.
struct TLSOptions: ParsableArguments {
    @Flag(help: "Connect with TLS.") var tls = false
    @Option(help: "Certificates in PEM that vouch for the server (default: the system's).")
    var tlsAuthority: String?
    @Option(help: "Name in the server's certificate (default: the host).") var tlsServerName: String?
    @Option(help: "Certificate of this client in PEM, if the server wants one.")
    var tlsCertificate: String?
    @Option(help: "Private key of that certificate in PEM.") var tlsKey: String?

    /// Nil: no TLS.
    func trust() throws -> ClientOptions.TLS? {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw CommandFailure(.usage, "--tls-certificate and --tls-key belong together")
        }
        guard tls || tlsAuthority != nil || tlsServerName != nil || tlsCertificate != nil else { return nil }
        var trust = ClientOptions.TLS(authority: tlsAuthority, serverName: tlsServerName)
        (trust.certificateChain, trust.privateKey) = (tlsCertificate, tlsKey)
        return trust
    }
}

/// A server, and the file with the key for it.
struct ServerPlace {
    var host = "127.0.0.1"
    var port = 7_420
    let keyFile: String
    var tls: ClientOptions.TLS?

    init(keyFile: String, tls: ClientOptions.TLS? = nil) { (self.keyFile, self.tls) = (keyFile, tls) }

    /// - Parameter patience: seconds for which a command is tried again when connections break.
    func connect(patience: Int = 30) async throws -> LedgerClient {
        let bytes = try InputFile.read(keyFile, byteCountMax: 4_096)
        let key = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard key.hasPrefix("hfk_") else {
            throw CommandFailure(.wrongKey, "\(keyFile) holds no API key")
        }
        var options = ClientOptions(host: host, port: port, key: key)
        options.name = "holdfast"
        options.tls = tls
        options.patienceMilliseconds = patience * 1_000
        return try await LedgerClient.connect(options)
    }

    /// Whether it may be that the server is only about to start: it makes the key file, then it listens.
    func mayStartSoon(_ error: any Error) -> Bool {
        switch error {
        case ClientError.unreachable: true
        case let failure as CommandFailure: failure.status == .missing || failure.status == .wrongKey
        default: false
        }
    }
}

extension ExitStatus {
    init(_ error: ClientError) {
        switch error {
        case .unreachable: self = .unreachable
        case .outcomeUnknown: self = .outcomeUnknown
        case .untrusted: self = .wrongKey
        case .ledgerForked: self = .contradicted
        case .invalidRequest: self = .usage
        case .malformedAnswer, .closed: self = .internalError
        case .failed(let reason):
            // Numbers of docs/protocol.md: the key; not now; what is not there.
            switch reason.code {
            case 6, 21: self = .wrongKey
            case 8, 22, 23: self = .busy
            case 27, 28: self = .missing
            case 20: self = .usage
            default: self = .internalError
            }
        }
    }
}
