/// Names, labels and numbers as Prometheus' text format has them.
enum PrometheusText {
    /// A name with nothing in it that may not be: `a.b-c` is `a_b_c`.
    static func name(_ label: String) -> String {
        var name = ""
        for character in label.unicodeScalars {
            let isDigit = ("0"..."9").contains(character)
            if isDigit && name.isEmpty { name += "_" }
            name.unicodeScalars.append(isDigit || isNameLetter(character) ? character : "_")
        }
        return name.isEmpty ? "_" : name
    }

    private static func isNameLetter(_ character: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(character) || ("A"..."Z").contains(character)
            || "_:".unicodeScalars.contains(
                character)
    }

    /// Labels between their braces, without these.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { "\(name($0.0))=\"\(escaped($0.1, quote: true))\"" }.joined(separator: ",")
    }

    static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    static func help(_ text: String) -> String { escaped(text, quote: false) }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quote: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// Whole numbers without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(value) < 0x1p53 { return "\(whole)" }
        return "\(value)"
    }
}
