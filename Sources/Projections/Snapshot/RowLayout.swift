import Invariants
import Ledger
@_spi(Reflection) import Swift

// SAFETY throughout: field names come from the runtime and live as long as the program.

/// Which bytes of a value mean something, and a fingerprint of how it is laid out; read off the type itself,
/// so that a new field needs no second list.
///
/// A value's padding is whatever was in memory before: it is zeroed on the way out, so that nothing leaks and
/// equal states give equal bytes. The standard library's own walk over fields is not a promise to us; if it
/// ever says something else, the fingerprint differs and snapshots are refused, which costs a rebuild.
struct RowLayout: Sendable {
    /// Bytes from one value to the next.
    let stride: Int
    /// Ranges of a value, last padding included, that mean nothing.
    let padding: [Range<Int>]
    /// Of names, places and types of all fields, nested ones included.
    let fingerprint: Hash128

    /// The layout of a type made of integers, plain enumerations, structs and inline arrays of those.
    init<Value: BitwiseCopyable>(of type: Value.Type) {
        stride = MemoryLayout<Value>.stride
        var walk = Walk(stride: stride)
        walk.visit(Value.self, at: 0)
        var padding: [Range<Int>] = []
        for byte in 0..<stride where !walk.isContent[byte] {
            if padding.last?.upperBound == byte {
                padding[padding.count - 1] = padding[padding.count - 1].lowerBound..<byte + 1
            } else {
                padding.append(byte..<byte + 1)
            }
        }
        self.padding = padding
        let sum = walk.hasher.finish()
        fingerprint = Hash128(
            low: UInt64(truncatingIfNeeded: sum), high: UInt64(truncatingIfNeeded: sum >> 64))
    }

    /// Zeroes the padding of each value in `bytes`, which holds whole values.
    func clearPadding(_ bytes: inout MutableRawSpan) {
        guard !padding.isEmpty else { return }
        for start in Swift.stride(from: 0, to: bytes.byteCount, by: stride) {
            for range in padding {
                for byte in range { bytes.storeBytes(of: 0, toByteOffset: start + byte, as: UInt8.self) }
            }
        }
    }

    private struct Walk {
        var isContent: [Bool]
        var hasher = RowHasher(table: TableNumber(raw: 0))

        init(stride: Int) {
            isContent = [Bool](repeating: false, count: stride)
            hasher.combine(UInt64(stride))
        }

        mutating func note(_ text: String, _ offset: Int) {
            hasher.combine(UInt64(offset) << 32 | UInt64(text.utf8.count))
            for byte in text.utf8 { hasher.combine(UInt64(byte)) }
        }

        mutating func visit(_ type: Any.Type, at offset: Int) {
            if let array = type as? any InlineArrayLayout.Type { return visit(array, at: offset) }
            var fields: [(name: String, offset: Int, type: Any.Type, kind: _MetadataKind)] = []
            let isWalked = unsafe _forEachField(of: type) { name, offset, type, kind in
                unsafe fields.append((String(cString: name), offset, type, kind))
                return true
            }
            invariant(isWalked, "the fields of \(type) are not known")
            for field in fields {
                note(field.name, offset + field.offset)
                let (size, isStruct) = (Self.size(field.type), field.kind == .struct)
                if isStruct {
                    visit(field.type, at: offset + field.offset)
                } else {
                    // A larger enumeration has payloads, whose padding nobody can tell.
                    invariant(
                        field.kind == .opaque || field.kind == .enum && size <= 2,
                        "\(field.name) of \(type) is a \(field.type)")
                    note("\(field.type)", size)
                    for byte in 0..<size { isContent[offset + field.offset + byte] = true }
                }
            }
        }

        private mutating func visit(_ array: any InlineArrayLayout.Type, at offset: Int) {
            note("array of \(array.elementCount)", array.elementStride)
            for index in 0..<array.elementCount {
                visit(array.boxedElement, at: offset + index * array.elementStride)
            }
        }

        private static func size(_ type: Any.Type) -> Int {
            func size<Value>(_ type: Value.Type) -> Int { MemoryLayout<Value>.size }
            return _openExistential(type, do: size)
        }
    }
}

/// What an inline array tells of itself.
private protocol InlineArrayLayout {
    /// A struct with an element in it.
    static var boxedElement: Any.Type { get }
    static var elementCount: Int { get }
    static var elementStride: Int { get }
}

extension InlineArray: InlineArrayLayout {
    static var boxedElement: Any.Type { Boxed<Element>.self }
    static var elementCount: Int { count }
    static var elementStride: Int { MemoryLayout<Element>.stride }
}

private struct Boxed<Element> {
    var element: Element
}
