internal import NIOSSL
internal import Protocol

/// A server's certificate, ready for connections, and the hash of it that proofs are given over.
struct ServerCertificate {
    let context: NIOSSLContext
    /// SHA-256 of the certificate as DER.
    let hash: [UInt8]

    init(_ files: ServerSettings.TLSFiles) throws(ServerStartError) {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificateChain)
            guard let leaf = chain.first else {
                throw ServerStartError.certificate("\(files.certificateChain) has none")
            }
            let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv13
            if let authority = files.clientAuthority {
                configuration.trustRoots = .file(authority)
                configuration.certificateVerification = .noHostnameVerification
            }
            context = try NIOSSLContext(configuration: configuration)
            hash = Scram.sha256(try leaf.toDERBytes())
        } catch let error as ServerStartError {
            throw error
        } catch {
            throw .certificate("\(error)")
        }
    }
}
