// A fact whose fields change gets the next version, and its old fields stay here, readable for ever: see
// "Change a fact" in docs/HACKING.md.

/// The fields of a version of a fact that is no longer written.
///
/// It never changes again, not even when another version follows: it is said in the version after it, and
/// that in the next, up to the body of today.
package protocol OlderBody: Fielded {
    /// The version after it, or the body of today.
    associatedtype Next: Fielded
    /// The same, said in the next version: a pure function of its fields, the same on every machine and in
    /// every later release.
    var upcast: Next { get }
}

extension Fielded {
    /// A value whose fields a visitor fills in.
    ///
    /// - Throws: what the visitor fails with; of a reader, that they are not there or have no such values.
    package init<Visitor: FieldVisitor & ~Copyable & ~Escapable>(
        from visitor: inout Visitor
    ) throws(Visitor.Failure) {
        self.init()
        try visitFields(&visitor)
    }
}

/// Which versions of facts there are: a seam, so that tests can have an older one.
package protocol FactVersions {
    /// The version of a type that is written; counts from 1.
    static func newest(of type: FactType) -> UInt8

    /// Reads the fields of an older version and says them as the fact of today; nil if there is none such.
    ///
    /// - Parameters:
    ///   - version: at least 1, below the newest of the type.
    ///   - reader: stands before the first field.
    /// - Throws: what the reader fails with.
    static func readOlder<Reader: FieldVisitor & ~Copyable & ~Escapable>(
        _ version: UInt8, of type: FactType, from reader: inout Reader
    ) throws(Reader.Failure) -> Fact?
}

/// The versions that releases have written.
package enum ReleasedVersions: FactVersions {
    package static func newest(of type: FactType) -> UInt8 {
        switch type {
        // A type whose fields have changed since its first version has a line here: `case .captured: 2`.
        default: 1
        }
    }

    package static func readOlder<Reader: FieldVisitor & ~Copyable & ~Escapable>(
        _ version: UInt8, of type: FactType, from reader: inout Reader
    ) throws(Reader.Failure) -> Fact? {
        switch (type, version) {
        // And each of its older versions one here:
        // `case (.captured, 1): .captured(try CapturedV1(from: &reader).upcast)`.
        default: nil
        }
    }
}

extension FactType {
    /// The version of its fields that this code writes; it reads all from 1 up to it.
    public var schema: UInt8 { ReleasedVersions.newest(of: self) }
}
