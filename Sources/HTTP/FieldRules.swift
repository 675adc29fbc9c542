/// What a field may consist of when it is written: exactly what the parser takes.
package enum FieldRules {
    /// Checks a name and a value that come from outside.
    /// - Throws: `badFieldName` or `controlByte`.
    package static func check(name: String, value: String) throws(HTTPError) {
        guard isToken(name) else { throw .badFieldName }
        guard isValue(value) else { throw .controlByte }
    }

    /// Whether a text is a token, as field names and methods are.
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(Octet.isToken)
    }

    /// Whether a text can be a field value and reads back as it was: no control characters, no
    /// white space at its ends.
    package static func isValue(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        return !Octet.isSpace(first) && !Octet.isSpace(last)
            && text.utf8.allSatisfy(Octet.isValue)
    }
}
