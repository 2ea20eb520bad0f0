/// How a client finds its server.
public struct ClientOptions: Sendable {
    public var host: String
    public var port: Int
    /// The text of an API key: `hfk_…`.
    public var key: String
    /// For the server's log lines.
    public var name = "swift"
    /// Nil: no TLS.
    public var tls: TLS?
    /// How long a command is tried for, with its key, when connections break or the server is busy;
    /// milliseconds.
    public var patienceMilliseconds = 30_000
    /// Commands that may wait in the client; more wait with whoever asks.
    public var waitingMax = 65_536

    public init(host: String = "127.0.0.1", port: Int = 7_420, key: String) {
        (self.host, self.port, self.key) = (host, port, key)
    }

    /// Whom to trust.
    public struct TLS: Sendable {
        /// A file of certificates in PEM that vouch for the server; nil: those of the system.
        public var authority: String?
        /// The name the server's certificate must have; nil: the host's.
        public var serverName: String?
        /// A certificate of this client, if the server wants one: files in PEM.
        public var certificateChain: String?
        public var privateKey: String?

        public init(authority: String? = nil, serverName: String? = nil) {
            (self.authority, self.serverName) = (authority, serverName)
        }
    }
}
