internal import Crypto

/// Text on its way into a page.
enum Markup {
    private static let shownMax = 300

    /// A text with what means something in HTML escaped, for content and quoted attributes.
    ///
    /// Control characters and those that turn the direction of writing are taken out, so that no
    /// name can pass for another; what is too long is cut.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(shownMax) {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case _: result.unicodeScalars.append(isShown(scalar) ? scalar : "\u{FFFD}")
            }
        }
        return text.unicodeScalars.count > shownMax ? result + "…" : result
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        case _: true
        }
    }

    /// How a Content-Security-Policy names a script or style of the page's own.
    static func hash(_ text: String) -> String {
        "'sha256-\(Base64.encode(SHA256.digest(text)))'"
    }
}
