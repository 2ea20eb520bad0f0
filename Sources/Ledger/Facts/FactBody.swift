/// The fields of one kind of fact.
///
/// A body is past tense and about one thing. What it says is never recomputed at replay: amounts, deadlines
/// and decisions are in it, so that later rules cannot change history.
public protocol FactBody: Fielded {
    /// Its kind.
    static var type: FactType { get }
}
