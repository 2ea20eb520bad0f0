internal import Ledger
package import LogStore
internal import Projections
internal import Protocol
internal import Replay

/// The key that a ledger without keys gets, so that somebody can ask for the others: of the whole ledger,
/// with every scope. Its text lies in the file `api-key` of the directory, readable by the server's user.
///
///     write the file ─▶ create the key ─▶ durable
///
/// A crash between the two leaves a file whose key the next start creates. Once the ledger has a key, the
/// file may be moved to where secrets are kept.
package struct FirstKey<P: Platform> {
    let platform: P
    package static var path: StoragePath { StoragePath("api-key") }

    /// Creates the key if the ledger has none. Before anything else is decided, by the thread that appends.
    func create<Index: EventIndex>(
        in ledger: inout BoundedLedger<P>, _ log: LogStore<P, Index>, at time: LedgerTime
    ) throws(ServerStartError) {
        guard ledger.state.newestAPIKey.number == 0 else { return }
        var known = try keyOfFile()
        if known == nil { known = try newKey() }
        guard let key = known else { return }
        var body = CreateAPIKey()
        body.publicID = key.publicID
        body.name = Text("first key") ?? Text()
        body.scopes = Scopes.all.rawValue
        body.actor = ActorID(number: 1, shard: ledger.state.shard)
        body.storedKey = KeyVerifier(bytes: key.verifier.storedKey) ?? .none
        body.serverKey = KeyVerifier(bytes: key.verifier.serverKey) ?? .none
        var command = Command(.createAPIKey(body))
        command.actor = body.actor
        try append(command, to: &ledger, log, at: time)
    }

    private func append<Index: EventIndex>(
        _ command: Command, to ledger: inout BoundedLedger<P>, _ log: LogStore<P, Index>,
        at time: LedgerTime
    ) throws(ServerStartError) {
        var events = EventBatch(capacity: LedgerState.commandsDueMax + LedgerState.tickEventsMax)
        let outcome: Outcome
        do throws(AtticError) { outcome = try ledger.decide(command, at: time, into: &events) } catch {
            throw .attic(error)
        }
        guard case .done = outcome else { invariantViolated("the first key was not created: \(outcome)") }
        do throws(LogStoreError) {
            let sequences = try log.appendWaiting(EncodedGroup(events.bytes))
            try log.makeDurable(sequences.upperBound)
        } catch { throw .log(error) }
    }

    private func keyOfFile() throws(ServerStartError) -> APIKey? {
        do throws(LogStoreError) {
            guard let bytes = try AtomicFile.read(Self.path, byteCountMax: 4_096, on: platform.disk) else {
                return nil
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let key = APIKey(text.filter { !$0.isWhitespace }) else {
                throw LogStoreError.damaged(Damage(file: Self.path, offset: 0, "is not an API key"))
            }
            return key
        } catch { throw .log(error) }
    }

    private func newKey() throws(ServerStartError) -> APIKey {
        var bytes = [UInt8](repeating: 0, count: 48)
        bytes.withMutableRawSpan { platform.fillRandom(&$0) }
        let words = [0, 8].map { start in
            bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        let name = Hash128(low: words[0] | 1, high: words[1])
        guard let key = APIKey(publicID: name, secret: Array(bytes[16...])) else {
            invariantViolated("a key of 32 bytes is no key")
        }
        do throws(StorageError) {
            try AtomicFile.write(Array((key.text + "\n").utf8), to: Self.path, on: platform.disk)
        } catch { throw .log(.storage(error)) }
        return key
    }
}
