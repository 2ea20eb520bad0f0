package import Ledger
package import Protocol

/// What a server says of itself to whoever connects. The same for all connections.
package struct ServerIdentity: Sendable {
    package let ledger: Hash128
    package let shard: UInt16
    /// Name and version, for people.
    package let name: String
    /// SHA-256 of the certificate as DER; empty without TLS.
    package let certificate: [UInt8]
    package let limits: ConnectionLimits

    package init(
        ledger: Hash128, shard: UInt16, name: String, certificate: [UInt8] = [],
        limits: ConnectionLimits = ConnectionLimits()
    ) {
        (self.ledger, self.shard, self.name) = (ledger, shard, name)
        (self.certificate, self.limits) = (certificate, limits)
    }
}
