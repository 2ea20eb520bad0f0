/// Stops the process when the program itself is wrong.
///
/// Unlike `precondition`, the message also appears in release builds (`-O` drops it there). For conditions
/// whose violation could lose data or write wrong money; never for input from outside, which gets an error or
/// a refusal.
@inlinable @inline(__always)
public func invariant(
    _ condition: @autoclosure () -> Bool,
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    if !condition() { invariantViolated(message(), file: file, line: line) }
}

/// The unconditional form, for states that cannot be reached.
@inline(never)
public func invariantViolated(
    _ message: String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
    InvariantContext.endIfAsked(message)
    fatalError("invariant violated: \(message)\(InvariantContext.text)", file: file, line: line)
}
