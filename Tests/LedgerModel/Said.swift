// What an event says: the names of its fields and their values, as the model expects them.

import Ledger

/// The fields of a fact in the order of docs/formats/events.md, groups of fields spread out. A plain list:
/// whoever compares it with a real fact needs nothing of what decides.
package struct Said: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// What a field holds: the number it travels as, or its text.
    package enum Content: Hashable, Sendable {
        case bits(UInt64)
        case text(String)
    }

    struct Field: Hashable, Sendable {
        var name: String
        var value: Content
    }

    private(set) var fields: [Field] = []

    /// A value is a field's, a plain number, a text, a hash, or a group of fields; a group's own name is not
    /// told.
    package init(dictionaryLiteral elements: (String, any Sendable)...) {
        fields.reserveCapacity(elements.count)
        for (name, value) in elements { add(name, value) }
    }

    private mutating func add(_ name: String, _ value: any Sendable) {
        if let value = value as? any FieldValue {
            add(name, UInt64(value.fieldBits))
        } else if let number = value as? Int {
            add(name, UInt64(number))
        } else if let hash = value as? Hash128 {
            add(name, hash.low)
            add(name, hash.high)
        } else if let hash = value as? KeyVerifier {
            for half in [hash.first, hash.second] { add(name, half) }
        } else if let group = value as? any Fielded {
            spread(group)
        } else {
            fields.append(Field(name: name, value: .text("\(value)")))
        }
    }

    private mutating func add(_ name: String, _ bits: UInt64) {
        fields.append(Field(name: name, value: .bits(bits)))
    }

    private mutating func spread(_ group: some Fielded) {
        var (group, lister) = (group, FieldLister())
        group.visitFields(&lister)
        fields += lister.fields
    }
}

extension Said {
    /// Fields that the model does not know, and why. Every other field of every fact is compared.
    static func isUnknown(_ field: String, of type: FactType) -> Bool {
        switch type {
        // The model has no digest: that of the state is of rows it does not have. Replay compares it.
        case .stateDigested: true
        // SHA-256 of `ModelState.Batch.items`: whoever compares works it out, with a library's.
        case .batchClosed: field == "first" || field == "second"
        // A hash of what `ModelEvent.told` spells out.
        case .exceptionOpened: field == "told"
        // No model decides how a ledger begins.
        case .ledgerOpened: true
        default: false
        }
    }

    /// The first field in which a fact says something else, in words; nil if there is none.
    func difference(from fact: Fact) -> String? {
        var (fact, lister) = (fact, FieldLister())
        fact.visitFields(&lister)
        let theirs = lister.fields.filter { !Self.isUnknown($0.name, of: fact.type) }
        if theirs == fields { return nil }
        for (ours, theirs) in zip(fields, theirs) where ours != theirs {
            return "\(theirs.name) is \(theirs.value), the model says \(ours.name) \(ours.value)"
        }
        return "fields \(theirs.map(\.name)), the model says \(fields.map(\.name))"
    }
}

/// Lists what is visited.
private struct FieldLister: FieldVisitor {
    var fields: [Said.Field] = []

    mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) {
        fields.append(.init(name: name.description, value: .bits(UInt64(value.fieldBits))))
    }

    mutating func text<let capacity: Int>(_ name: StaticString, _ value: inout Text<capacity>) {
        fields.append(.init(name: name.description, value: .text(value.isEmpty ? "" : "\(value)")))
    }
}
