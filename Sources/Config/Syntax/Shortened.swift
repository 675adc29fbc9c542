extension String {
    /// The most characters of a word that a message repeats.
    private static let shownMax = 60

    /// The text as a message repeats it: enough to find it by, however long it is.
    var shortened: String {
        count <= Self.shownMax ? self : "\(prefix(Self.shownMax - 1))…"
    }

    /// The text in one line, with line breaks and other control characters shown as escapes.
    var inOneLine: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where Self.isControl(scalar):
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
