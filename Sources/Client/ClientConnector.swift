internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Protocol

/// Makes the connections of a client, the first and those after it.
struct ClientConnector: Sendable {
    private let options: ClientOptions
    private let key: APIKey
    private let tls: NIOSSLContext?

    init(_ options: ClientOptions, _ key: APIKey) throws(ClientError) {
        self.options = options
        self.key = key
        guard let tls = options.tls else {
            self.tls = nil
            return
        }
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv13
            if let authority = tls.authority { configuration.trustRoots = .file(authority) }
            if let chain = tls.certificateChain, let key = tls.privateKey {
                configuration.certificateChain =
                    try NIOSSLCertificate.fromPEMFile(chain).map { .certificate($0) }
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            }
            self.tls = try NIOSSLContext(configuration: configuration)
        } catch { throw .untrusted("\(error)") }
    }

    /// Connects on a loop; the core hears what becomes of it.
    func connect(_ core: ClientCore, on loop: any EventLoop) {
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let name = options.tls?.serverName ?? Self.hostName(options.host)
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    let handler = ClientChannel(
                        key: key, name: options.name, usesTLS: tls != nil, delegate: core)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        // A name may have several addresses, and so several channels: the one that came through counts.
        bootstrap.connect(host: options.host, port: options.port).whenComplete { result in
            do {
                core.connected(
                    try result.get().pipeline.syncOperations.handler(type: ClientChannel<ClientCore>.self))
            } catch {
                core.ended(.unreachable("\(options.host), port \(options.port): \(error)"))
            }
        }
    }

    /// Server names are no addresses (RFC 6066 §3).
    private static func hostName(_ host: String) -> String? {
        host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." } ? nil : host
    }
}
