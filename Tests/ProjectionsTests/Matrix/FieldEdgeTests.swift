import Ledger
import LedgerSpaces
import Projections
import Testing

/// Values at the edges of what a field can have: each is done or has its reason, and none is remembered that
/// was malformed.
@Suite struct FieldEdgeTests {
    /// For each move, a state in which it is done.
    private static func places(_ scratch: Scratch) -> [String: LedgerPair.Place] {
        let setUp = LedgerPair.setUp(scratch)
        var places: [String: LedgerPair.Place] = [:]
        for space in Space.all {
            for state in Exploration(space, from: setUp, scratch: scratch).states {
                for move in Move.all where places[move.name] == nil && state.place.does(move) {
                    places[move.name] = state.place
                }
            }
        }
        return places
    }

    @Test func `every field of every command is tried at its edges`() {
        let scratch = Scratch()
        let places = Self.places(scratch)
        // The others are there to be refused.
        #expect(
            Move.all.map(\.name).filter { places[$0] == nil } == [
                "setAcquirer other mode", "incrementAuthorization beyond the limit", "capturePayment twice",
                "refundPayment more than there is", "writeOffDebt alone", "approveResolution alone",
                "postCorrection alone",
            ])
        var edges = FieldEdges()
        for move in Move.all {
            guard let place = places[move.name] else { continue }
            edges.take(move, at: place, scratch: scratch)
        }
        print("fields: \(edges.count) commands, \(edges.refusals.count) reasons")
        #expect(edges.problems.prefix(40) == [])
        #expect(edges.refusals.keys.filter { $0.rawValue < 200 }.count >= 12)
    }

    @Test func `a batch takes no more than 63 bits of captures, and the next one goes on`() {
        let scratch = Scratch()
        var pair = LedgerPair(at: LedgerPair.setUp(scratch), scratch: scratch)
        var change = ChangeMerchant()
        change.settings.name = text("Corner shop")
        pair.perform(pair.command(.changeMerchant(change), of: Scene.merchant))
        pair.looks = false
        var (done, refused) = (0, 0)
        for _ in 0..<9_300 {
            var record = RecordAuthorization()
            (record.order.amount, record.order.currency) = (Amount.payableMax.minorUnits, 978)
            record.order.capture = .automatic
            (record.acquirer, record.place) = (Scene.fileAcquirer, pair.scene.place)
            switch pair.perform(pair.command(.recordAuthorization(record), of: Scene.merchant)).outcome {
            case .done: done += 1
            case .refused(.sumTooLarge): refused += 1
            case let other: pair.note("\(other)")
            }
        }
        // 9223 × 10^15 is just below 2^63.
        #expect(done == 9_223 && refused == 77)
        for step in ["closeBatch", "submitBatch", "settleItem", "refundPayment part", "createPayout", "due"] {
            _ = pair.take(step)
        }
        pair.looks = true
        let told = pair.perform(Move.all.first { $0.name == "recordAuthorization automatic" } ?? Move.all[0])
        #expect(told.own == [.authorizationRecorded, .batchOpened, .captured])
        let (problems, digest) = (pair.problems, pair.state.digest)
        #expect(problems.prefix(10) == [])
        #expect(LedgerPair.replay(pair.events).digest == digest)
    }
}
