/// Where the feed's frames go: the connections, as the feed sees them.
package protocol SubscriptionOutlet {
    /// Takes whole frames for a connection, always, and copies them; they leave in the order they came in. A
    /// connection that is gone swallows them.
    ///
    /// - Returns: whether to go on. If not, `roomAvailable` is posted once the connection takes more; until
    ///   then it is handed nothing but the ends of subscriptions and failures of requests.
    func send(_ frames: RawSpan, to connection: ConnectionID) -> Bool
}
