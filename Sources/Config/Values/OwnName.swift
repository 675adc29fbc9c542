/// The spelling of names that operators give: to connections, listeners and callers.
package enum OwnName {
    private static let bytesMax = 128

    /// Whether it is a name: letters, digits, `-`, `_` and `.`, and no folder's.
    package static func isValid(_ text: String) -> Bool {
        (1...bytesMax).contains(text.utf8.count) && text.utf8.allSatisfy(FieldName.isByte)
            && text != "." && text != ".."
    }
}
