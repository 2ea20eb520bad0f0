// What a command says and nothing decides by: references, codes, reasons, counts. Drawn all the same, so that
// each must be found in the event.

import Ledger

extension CommandDrawer {
    /// The same command with details.
    mutating func detailed(_ plain: Command) -> Command {
        var request = plain.request
        var drawer = DetailDrawer(lots: Lots(seed: lots.bits()), operation: plain.request.operation)
        request.visitFields(&drawer)
        var command = Command(request)
        command.merchant = plain.merchant
        command.key = plain.key
        command.fingerprint = plain.fingerprint
        if lots.happens(perMille: 300) { command.correlation = Hash128(low: lots.bits(), high: lots.bits()) }
        if lots.happens(perMille: 300) {
            command.effective = time.subtracting(.seconds(UInt64(lots.index(90_000))))
        }
        return command
    }
}

/// Fills fields that were left empty, by their names.
private struct DetailDrawer: FieldVisitor {
    var lots: Lots
    let operation: Operation

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        switch name.description {
        case "token", "signals", "byteCount", "challenge": fill(&value, lots.bits())
        case "first", "second":
            // The file of a batch is known by its hash, and a route names acquirers.
            if operation == .submitEvidence { fill(&value, lots.bits()) }
        // Few, so that cards and devices come again.
        case "fingerprint", "device": fill(&value, lots.bits() % 40)
        case "lastFour", "country", "homeCountry", "ruleSet", "model", "failures", "exceptions",
            "requestsPerSecond":
            fill(&value, lots.bits() % 900)
        case "region", "idempotentByReference": fill(&value, lots.bits() % 2)
        case "code", "exemption", "reason", "network":
            // A word, if there is one of that number.
            value = Value(fieldBits: Value.Bits(truncatingIfNeeded: lots.bits() % 40)) ?? value
        default: break
        }
    }

    private mutating func fill<Value: FieldValue>(_ value: inout Value, _ bits: UInt64) {
        guard value.fieldBits == 0, lots.happens(perMille: 600) else { return }
        value = Value(fieldBits: Value.Bits(truncatingIfNeeded: bits)) ?? value
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        switch name.description {
        case "responseCode", "returnCode", "reference", "authCode", "networkTransaction", "networkReason":
            break
        case "reason" where !operation.needsReason: break
        default: return
        }
        guard value.isEmpty, lots.happens(perMille: 500) else { return }
        for _ in 0...lots.index(capacity) { _ = value.append(UInt8(0x20 + lots.index(0x5F))) }
    }
}

extension Operation {
    /// Whether it is refused without a reason: whether it has one is drawn elsewhere.
    fileprivate var needsReason: Bool {
        switch self {
        case .moveOwnFunds, .writeOffDebt, .resolveException, .postCorrection, .revokeAPIKey: true
        default: false
        }
    }
}
