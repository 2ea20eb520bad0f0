/// The fields of one kind of fact.
///
/// A body is past tense and about one thing. What it says is never recomputed at replay: amounts, deadlines
/// and decisions are in it, so that later rules cannot change history.
public protocol FactBody: Fielded {
    /// Its kind.
    static var type: FactType { get }
    /// Writes its fields and returns how many bytes they are. A requirement, so that there is one for each
    /// kind, compiled here.
    func encode(into bytes: inout MutableRawSpan) -> Int
}

extension FactBody {
    public func encode(into bytes: inout MutableRawSpan) -> Int {
        var writer = FieldWriter(bytes._mutatingExtracting(0..<bytes.byteCount))
        var fields = self
        fields.visitFields(&writer)
        return writer.byteCount
    }
}
