package import Crypto
internal import JSON

/// Makes what a provider said fit to be shown and logged.
package enum ProviderText {
    /// The most characters that are kept of a description.
    package static let lengthMax = 200
    /// The longest word that may be an ordinary one; longer mixtures look like tokens.
    private static let wordMax = 40
    /// A piece of a secret this long gives it away.
    private static let pieceMin = 8

    /// A description without control characters and secrets, at most 200 characters long.
    ///
    /// A word is taken out that has eight characters in a row of one of the secrets, that begins
    /// like a JWT, or that is long and mixes letters with digits.
    package static func cleaned(_ text: String, hiding secrets: [Secret]) -> String {
        let hidden = secrets.map { $0.reveal() }.filter { !$0.isEmpty }
        var visible = ""
        // What is far beyond the limit need not be looked at.
        for scalar in text.unicodeScalars.prefix(4 * lengthMax) {
            visible.unicodeScalars.append(isShown(scalar) ? scalar : " ")
        }
        for secret in hidden where secret.utf8.count >= 4 {
            visible = visible.replacing(secret, with: Secret.redacted)
        }
        var result = ""
        var word = ""
        for character in visible + " " {
            if isWordPart(character) {
                word.append(character)
                continue
            }
            result += looksSecret(word, among: hidden) ? Secret.redacted : word
            word = ""
            if character != " " || result.last != " " { result.append(character) }
        }
        let trimmed = result.trimmingSpaces()
        return trimmed.count > lengthMax ? "\(trimmed.prefix(lengthMax - 1))…" : trimmed
    }

    /// An error code: visible ASCII, at most 64 characters; `nil` if it is nothing like one.
    package static func code(_ text: String, hiding secrets: [Secret]) -> String? {
        guard !text.isEmpty, text.utf8.count <= 64, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let cleaned = cleaned(text, hiding: secrets)
        return cleaned == text ? text : nil
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        default: true
        }
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-_.~+=!|".contains(character)
    }

    /// Whether eight characters in a row stand in both.
    private static func sharesPiece(_ word: String, _ secret: String) -> Bool {
        let word = Array(word.utf8.prefix(4 * lengthMax))
        let secret = Array(secret.utf8)
        guard word.count >= pieceMin else { return false }
        return (0...(word.count - pieceMin)).contains { start in
            secret.contains(word[start..<(start + pieceMin)])
        }
    }

    private static func looksSecret(_ word: String, among secrets: [String]) -> Bool {
        guard word.count >= pieceMin else { return false }
        if secrets.contains(where: { sharesPiece(word, $0) }) { return true }
        if word.hasPrefix("eyJ"), word.count >= 20 { return true }
        let hasDigit = word.contains { $0.isNumber }
        let hasLetter = word.contains { $0.isLetter }
        return word.count > wordMax && hasDigit && hasLetter
    }
}
