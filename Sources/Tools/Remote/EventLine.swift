import Client
import Ledger
import LogStore

/// An event of a subscription on one line: JSON, or words for people.
struct EventLine {
    /// How ids are shown: those of an auditor's events stand in them as in the log.
    let names: Names

    func json(_ event: SubscribedEvent) throws -> String {
        guard let decoded = try event.decoded() else {
            return JSONText.object(head(event, type: "logAct") + [("number", "\(event.type)")])
        }
        var fields = head(event, type: "\(decoded.fact.type)")
        fields += context(decoded.context).map { ($0.name, $0.text.json) }
        let facts = EventFields(decoded.fact, names: names).fields.map { ($0.name, $0.text.json) }
        fields.append(("fact", JSONText.object(facts)))
        let legs = legs(decoded).map { leg in
            JSONText.object([
                ("account", "\(leg.account.number)"),
                ("owner", leg.account.owner.map(JSONText.quoted) ?? "null"),
                ("currency", JSONText.quoted(leg.account.currency.code)),
                ("layer", JSONText.quoted("\(leg.layer)")), ("amount", "\(leg.amount)"),
            ])
        }
        fields.append(("legs", "[" + legs.joined(separator: ",") + "]"))
        return JSONText.object(fields)
    }

    func words(_ event: SubscribedEvent) throws -> String {
        let head = ["\(event.position)", TimeText.rfc3339(event.time.nanoseconds)]
        guard let decoded = try event.decoded() else {
            return (head + ["the log's own, type \(event.type)"]).joined(separator: "  ")
        }
        let fields = context(decoded.context) + EventFields(decoded.fact, names: names).fields
        let words = fields.compactMap { field in field.text.plain.map { "\(field.name)=\($0)" } }
        let legs = legs(decoded).map { leg in
            let money = MoneyText.text(Int128(leg.amount), leg.account.currency)
            return "\(leg.layer == .pending ? "pending " : "")\(leg.account.text) \(money)"
        }
        let line = head + ["\(decoded.fact.type)"] + [words.joined(separator: " ")]
        return (line + (legs.isEmpty ? [] : ["[" + legs.joined(separator: "; ") + "]"]))
            .joined(separator: "  ")
    }

    private func head(_ event: SubscribedEvent, type: String) -> [(name: String, value: String)] {
        [
            ("position", "\(event.position)"),
            ("time", JSONText.quoted(TimeText.rfc3339(event.time.nanoseconds))),
            ("type", JSONText.quoted(type)),
        ]
    }

    /// What is there of it.
    private func context(_ context: EventContext) -> [(name: String, text: FieldText)] {
        let all: [(String, FieldText)?] = [
            id("merchant", context.merchant), id("payment", context.payment),
            place("previous", context.previous),
            context.effective.isNone
                ? nil : ("effective", .quoted(TimeText.rfc3339(context.effective.nanoseconds))),
            id("actor", context.actor), hash("correlation", context.correlation),
            place("cause", context.cause), hash("keyHash", context.key),
        ]
        return all.compactMap { $0 }.map { (name: $0.0, text: $0.1) }
    }

    private func id(_ name: String, _ id: some ShownID) -> (String, FieldText)? {
        id.isNone ? nil : (name, .quoted(id.shownText(names)))
    }

    private func place(_ name: String, _ place: SequenceNumber) -> (String, FieldText)? {
        place.isNone ? nil : (name, .bare("\(place.raw)"))
    }

    private func hash(_ name: String, _ hash: Hash128) -> (String, FieldText)? {
        hash.isNone ? nil : (name, .quoted(HashText.text(hash)))
    }

    private func legs(_ event: Event) -> [(account: AccountText, layer: Layer, amount: Int64)] {
        (0..<event.legs.count).map { index in
            let leg = event.legs[index]
            return (AccountText(leg.account), leg.layer, leg.amount)
        }
    }
}
