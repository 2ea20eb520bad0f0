import Ledger
import LogStore
import Projections
import Protocol
import Replay
import Server
import Testing

/// What has to be read from the log, by a thread without the state.
@Suite struct HistoryTests {
    private static let account = AccountID(.merchantPending, .eur, of: QueryWorld.own)

    private func past(
        _ position: UInt64, _ world: inout QueryWorld
    ) throws -> (failure: Failure?, answer: AccountRecord?) {
        var query = PastBalanceQuery()
        (query.account, query.position) = (Self.account, Position(raw: position))
        let asker = QueryWorld.asker(.read, of: QueryWorld.own)
        let (outcome, _) = try world.ask(QueryWorld.body(query), as: asker)
        guard case .readsLog(let task) = outcome else { throw QueryWorld.NotDone(what: "\(outcome)") }
        _ = world.log.waitUntilDurable(world.log.position.nextSequence)
        var buffer = WireBuffer()
        let failure = try HistoryExecutor(ReplayLog(world.log)).answer(task, into: &buffer)
        if failure != nil { return (failure, nil) }
        let answer = try QueryWorld.read(
            PastBalanceQuery.self, buffer.array, position: world.ledger.state.next)
        return (nil, answer)
    }

    @Test func `an account is told as of any event`() throws {
        var world = try QueryWorld.make()
        _ = world.log.waitUntilDurable(world.log.position.nextSequence)
        var state = LedgerState(shard: world.ledger.state.shard)
        for position in 0..<world.ledger.state.next.raw {
            try Rebuild.replay(ReplayLog(world.log), into: &state, upTo: position + 1)
            let (failure, answer) = try past(position, &world)
            let row = state.account(Self.account)
            #expect(failure == nil && answer?.creditsPosted == row.creditsPosted, "as of \(position)")
            #expect(answer?.creditsPending == row.creditsPending && answer?.debitsPosted == row.debitsPosted)
        }
        #expect(state.account(Self.account).creditsPosted > 0)
    }

    @Test func `a position behind the end is unknown, whatever it is made of`() throws {
        var world = try QueryWorld.make()
        let next = world.ledger.state.next.raw
        for position in [next, next + 1, SequenceNumber.max.raw, .max] {
            #expect(try past(position, &world).failure?.code == .unknownPosition)
        }
    }
}
