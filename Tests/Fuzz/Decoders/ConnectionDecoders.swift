import LogStore

// Connections from their first byte on, and a whole server behind them.
extension FuzzDecoder {
    static let connectionDecoders = [serverHandshake, connection, serverCore]

    /// Everything a client may say before anybody knows who it is.
    static let serverHandshake = FuzzDecoder(
        "server-handshake", byteCountMax: 2048,
        judge: { bytes in
            var connection = FuzzedConnection()
            connection.take(bytes)
            return !connection.hasFailed
        },
        repair: { Repair.frames(&$0) }, samples: { [FuzzedConnection.hello] })

    /// Everything a client may say after its handshake.
    static let connection = FuzzDecoder(
        "connection", byteCountMax: 8192,
        judge: { bytes in
            var connection = FuzzedConnection()
            connection.shakeHands()
            connection.take(bytes)
            return !connection.hasFailed
        },
        repair: { Repair.frames(&$0) }, samples: { [Samples.fromClient] })

    /// The same, with a ledger that decides and answers what is understood, and a feed of subscriptions.
    static let serverCore = FuzzDecoder(
        "server-core",
        judge: { FuzzedServer.judge($0) },
        repair: { Repair.frames(&$0) }, samples: { [Samples.fromClient] })
}
