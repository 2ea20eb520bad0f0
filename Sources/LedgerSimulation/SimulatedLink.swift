internal import Server

/// A connection between a client and a server: bytes on their way, both ways, which arrive in pieces, late,
/// or never.
final class SimulatedLink: ConnectionCarrier {
    let peer: any SimulatedPeer
    /// Sent by the client, not yet read by the server.
    var toServer: [UInt8] = []
    /// Sent by the server, not yet read by the client.
    var toClient: [UInt8] = []
    /// What the server has read that is no whole frame yet.
    var pending: [UInt8] = []
    /// Of the server's process; nil once that is gone.
    var connection: SimulatedServer.Core.Client?
    /// The client has given it up; what it sent may still arrive.
    var isLeftByClient = false
    /// It was given frames of subscriptions that it has not taken yet.
    var isFed = false
    /// The server closed it behind its last bytes.
    private(set) var isFinished = false

    init(to peer: any SimulatedPeer) { self.peer = peer }

    /// Whether the socket takes what it is given.
    var isWritable: Bool { toClient.count < Self.toClientMax }
    private static var toClientMax: Int { 2_000 }

    func hasOutput() {}
    func finish() { isFinished = true }

    func abort() {
        isFinished = true
        toServer = []
    }
}
