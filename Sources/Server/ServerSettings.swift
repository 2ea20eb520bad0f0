package import LogStore
package import Protocol
package import Replay

/// How a server is run.
package struct ServerSettings: Sendable {
    /// Address to listen on.
    package var host = "127.0.0.1"
    /// 0: any that is free.
    package var port = 7_420
    /// More are told `tooManyConnections`.
    package var connectionsMax = 10_000
    /// What one connection may ask for.
    package var limits = ConnectionLimits()
    /// Nil: no TLS, which only loopback may have, unless `allowsPlaintext` says so.
    package var tls: TLSFiles?
    /// An operator's decision that everybody on the way may read along and, with a key once heard, ask.
    package var allowsPlaintext = false
    /// Of the log.
    package var log = LogOptions()
    /// What is kept in memory.
    package var memory = MemoryLimits()
    /// Events after which a snapshot is written, so that a start has no more to replay; 0: never.
    package var snapshotEvents: UInt64 = 1_500_000
    /// Bytes and requests that may wait to be decided; more are told `busy`.
    package var inboxBytes = 16 << 20
    package var inboxRequests = 1 << 16
    /// Seconds that a stop waits for answers in flight.
    package var drainSeconds = 10
    /// Name and version, as the handshake tells them.
    package var name = "holdfast"

    package init() {}

    /// Files with a server's certificate, in PEM.
    package struct TLSFiles: Sendable {
        /// The certificate, and those that vouch for it.
        package var certificateChain: String
        package var privateKey: String
        /// Who vouches for clients; nil: clients need no certificate.
        package var clientAuthority: String?

        package init(certificateChain: String, privateKey: String, clientAuthority: String? = nil) {
            (self.certificateChain, self.privateKey) = (certificateChain, privateKey)
            self.clientAuthority = clientAuthority
        }
    }
}

/// Why a server did not start.
package enum ServerStartError: Error, Sendable, CustomStringConvertible {
    case log(LogStoreError)
    case replay(ReplayError)
    case attic(AtticError)
    /// Neither loopback nor TLS.
    case plaintext(host: String)
    case certificate(String)
    /// The address is taken, or not this machine's.
    case listen(host: String, port: Int, String)

    package var description: String {
        switch self {
        case .log(let error): "\(error)"
        case .replay(let error): "\(error)"
        case .attic(let error): "\(error)"
        case .plaintext(let host): "\(host) is not loopback: TLS is needed, or a decision to go without"
        case .certificate(let problem): "certificate: \(problem)"
        case .listen(let host, let port, let problem): "cannot listen on \(host), port \(port): \(problem)"
        }
    }
}
