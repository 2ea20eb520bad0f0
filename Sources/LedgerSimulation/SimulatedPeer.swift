internal import Protocol

/// Who talks to the server: a client with commands, a reader with queries, an auditor who follows the log.
protocol SimulatedPeer: AnyObject {
    var line: SimulatedLine { get }
    /// Whether it has heard all it waits for.
    func isContent(_ known: KnownLog) -> Bool
    /// Does something, on a connection that is ready.
    func act(_ known: KnownLog)
    /// Takes a frame; what is wrong with it, if anything.
    func take(_ header: MessageHeader, _ body: RawSpan, _ known: KnownLog) -> String?
    /// The connection is gone: what was asked on it is not answered any more.
    func connectionWasLost()
}

extension SimulatedPeer {
    func disconnect() {
        line.disconnect()
        connectionWasLost()
    }

    /// Takes bytes from the server; what is wrong with them, if anything.
    func receive(_ bytes: ArraySlice<UInt8>, _ known: KnownLog) -> String? {
        let problem = line.receive(bytes) { header, body in take(header, body, known) }
        if !line.isConnected { connectionWasLost() }
        return problem
    }
}
