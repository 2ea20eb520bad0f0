package import Ledger
import LedgerModel
import Projections

/// Every field of every command, one after the other, with values from its edges.
package struct FieldEdges {
    /// Values as the bits they travel as; those a field cannot have are passed over. Negative numbers are the
    /// large ones.
    package static let values: [UInt64] = [
        0, 1, 2, 3, 7, 60, 101, 999, 1_000_001, 150_001, 10_000, 1 << 16 - 1, 1 << 32 - 1, 1 << 42, 1 << 54,
        1_000_000_000_000_000, 1_000_000_000_000_001, 1 << 62, 1 << 63 - 1, 1 << 63, .max,
    ]

    package private(set) var problems: [String] = []
    /// Commands tried.
    package private(set) var count = 0
    /// How often each refusal was met.
    package private(set) var refusals: [RefusalCode: Int] = [:]

    package init() {}

    /// Tries a move with every value in every field, at a place where the move as it is would be done.
    package mutating func take(_ move: Move, at place: LedgerPair.Place, scratch: Scratch) {
        var shared = LedgerPair(at: place, scratch: scratch)
        let request = move.request(place.scene)
        var counter = FieldSetter(field: -1, bits: 0)
        var unchanged = request
        unchanged.visitFields(&counter)
        for field in 0..<counter.index {
            for bits in Self.values {
                var setter = FieldSetter(field: field, bits: bits)
                var changed = request
                changed.visitFields(&setter)
                guard setter.isSet, changed != request else { continue }
                let what = "\(move.name), \(setter.name) \(bits)"
                count += 1
                let command = shared.command(changed, of: move.merchant, by: move.actor)
                if case .done = shared.model.copy().perform(command, at: shared.time) {
                    goOn(with: command, what, at: place, scratch)
                } else {
                    refuse(command, what, &shared)
                }
            }
        }
        // What comes after the first difference follows from it.
        problems += shared.problems.prefix(1).map { "\(move.name): \($0)" }
        if LedgerPair.replay(shared.events).digest != shared.state.digest {
            problems.append("\(move.name): replay gives another state")
        }
    }

    private mutating func refuse(_ command: Command, _ what: String, _ pair: inout LedgerPair) {
        let before = pair.state.digest
        let told = pair.perform(command)
        guard case .refused(let code) = told.outcome else { return }
        refusals[code, default: 0] += 1
        let isLogged = code.rawValue >= 400 && code.rawValue < 1_000
        if !isLogged, !told.own.isEmpty || pair.state.digest != before {
            problems.append("\(what): \(code) left a trace")
        }
        if isLogged, told.own.isEmpty != command.request.operation.isFact {
            problems.append("\(what): \(code) and \(told.own)")
        }
    }

    /// Whatever was let in, life goes on with it.
    private mutating func goOn(
        with command: Command, _ what: String, at place: LedgerPair.Place, _ scratch: Scratch
    ) {
        var pair = LedgerPair(at: place, scratch: scratch)
        pair.perform(command)
        for step in Self.life where pair.problems.isEmpty { _ = pair.take(step) }
        if count % 8 == 0, LedgerPair.replay(pair.events).digest != pair.state.digest {
            problems.append("\(what): replay gives another state")
        }
        problems += pair.problems.prefix(1).map { "\(what): \($0)" }
    }

    /// What mostly follows.
    private static let life = [
        "recordAuthorization automatic", "capturePayment part", Space.due, "closeBatch", "submitBatch",
        "settleItem", "refundPayment part", "openDispute of part", "createPayout", "answerAttempt approved",
        Space.due, "voidPayment", Space.due,
    ]
}

/// Sets the field at one place, if it can have the value.
private struct FieldSetter: FieldVisitor {
    typealias Failure = Never

    let field: Int
    let bits: UInt64
    /// Fields seen so far.
    var index = 0
    var isSet = false
    var name = ""

    init(field: Int, bits: UInt64) {
        self.field = field
        self.bits = bits
    }

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        defer { index += 1 }
        guard index == field, let bits = Value.Bits(exactly: bits), let other = Value(fieldBits: bits) else {
            return
        }
        // More legs than there are would have accounts that no reader lets through.
        if name.description == "legs", bits > value.fieldBits { return }
        value = other
        isSet = true
        self.name = name.description
    }

    /// Empty, or as long as it can be.
    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        defer { index += 1 }
        guard index == field, bits <= 1 else { return }
        value = bits == 0 ? Text() : Text(String(repeating: "x", count: capacity)) ?? Text()
        isSet = true
        self.name = name.description
    }
}
