import FoundationEssentials

/// The Base64 of a text, for Basic credentials.
enum Base64Text {
    static func encode(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
    }
}
