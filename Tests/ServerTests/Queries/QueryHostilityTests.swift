import Ledger
import Protocol
import Server
import Simulation
import Testing

/// Bodies that are no queries: a failure or an answer, never a crash.
@Suite struct QueryHostilityTests {
    @Test func `a query cut anywhere, or too long, is malformed`() throws {
        var world = try QueryWorld.make()
        let asker = QueryWorld.asker(.all)
        for kind in QueryKind.allCases {
            // Zeros are a query of nearly every kind.
            let body = try #require(try shortest(kind, &world))
            for count in body.indices {
                let (outcome, bytes) = try world.ask(Array(body[..<count]), as: asker)
                #expect(code(outcome) == .malformedRequest && bytes.isEmpty, "\(kind) cut at \(count)")
            }
            let (outcome, bytes) = try world.ask(body + [0], as: asker)
            #expect(code(outcome) == .malformedRequest && bytes.isEmpty, "\(kind) with a byte more")
        }
    }

    /// The shortest run of bytes that is a query of a kind: an account of suspense, then zeros.
    private func shortest(_ kind: QueryKind, _ world: inout QueryWorld) throws -> [UInt8]? {
        var body = [UInt8(truncatingIfNeeded: kind.rawValue), UInt8(kind.rawValue >> 8)]
        let account = AccountID(.suspense, .eur).raw
        if kind == .account || kind == .pastBalance {
            body += (0..<8).map { UInt8(truncatingIfNeeded: account >> (8 * $0)) }
        }
        for _ in 0..<40 {
            let (outcome, _) = try world.ask(body, as: QueryWorld.asker(.all))
            if code(outcome) != .malformedRequest { return body }
            body.append(0)
        }
        return nil
    }

    private func code(_ outcome: QueryOutcome) -> FailureCode? {
        guard case .failed(let failure) = outcome else { return nil }
        return failure.code
    }

    @Test func `a kind that nobody knows is no query`() throws {
        var world = try QueryWorld.make()
        let known = Set(QueryKind.allCases.map(\.rawValue))
        for number in UInt16(0)...0x0FFF where !known.contains(number) {
            let body = [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)]
            #expect(code(try world.ask(body, as: QueryWorld.asker(.all)).outcome) == .unknownQuery)
        }
    }

    @Test func `whatever the fields say there is an answer or a failure`() throws {
        var world = try QueryWorld.make()
        var random = SeededRandom(seed: 7)
        var (answered, failed) = (0, 0)
        for kind in QueryKind.allCases {
            let body = try #require(try shortest(kind, &world))
            for round in 0..<400 {
                var changed = body
                for index in 2..<max(2, changed.count) where round < 300 || index % 3 == round % 3 {
                    changed[index] = UInt8.random(in: 0...255, using: &random)
                    if round % 4 == 0 { changed[index] &= 3 }
                }
                let merchant = [MerchantID.none, QueryWorld.own][round % 2]
                let asker = QueryWorld.asker(.all, of: merchant)
                let (outcome, bytes) = try world.ask(changed, as: asker)
                switch outcome {
                case .answered:
                    #expect(bytes.count >= 11)
                    answered += 1
                case .failed:
                    #expect(bytes.isEmpty)
                    failed += 1
                case .readsLog: #expect(bytes.isEmpty)
                }
            }
        }
        #expect(answered > 1_000 && failed > 1_000, "\(answered) answered, \(failed) failed")
    }
}
