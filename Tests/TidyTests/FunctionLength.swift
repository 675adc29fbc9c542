extension Rule {
    static let functionLength = Rule(name: "no function is longer than 60 lines") { file in
        file.functions.filter { $0.lines.count > 60 }.map { function in
            let length = function.lines.count
            return Violation(
                file.path,
                function.lines.lowerBound,
                "\(function.name) has \(length) lines; at most 60"
            )
        }
    }
}

extension SourceFile {
    /// Every function, initializer and deinitializer with a body: its name and its lines, from
    /// the one with the keyword to the one with the closing brace.
    var functions: [(name: String, lines: ClosedRange<Int>)] {
        let keywords: Set<String> = ["func", "init", "deinit"]
        let tokens = Token.all(in: code)
        var found: [(name: String, lines: ClosedRange<Int>)] = []
        for (index, token) in tokens.enumerated() where keywords.contains(token.text) {
            if index > 0, tokens[index - 1].text == "." { continue }
            guard let end = Self.endOfBody(tokens[(index + 1)...]) else { continue }
            let name = token.text == "func" ? tokens[index + 1].text : token.text
            found.append((name, token.line...end))
        }
        return found
    }

    /// The line where the body ends that belongs to the declaration before `tokens`; nil when
    /// another declaration begins before any body does, as in a protocol.
    private static func endOfBody(_ tokens: ArraySlice<Token>) -> Int? {
        let declarations: Set<String> = ["func", "init", "deinit", "var", "let", "case", "struct"]
        var parentheses = 0
        var braces = 0
        for token in tokens {
            switch token.text {
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{" where parentheses == 0 || braces > 0: braces += 1
            case "}" where parentheses == 0 || braces > 0:
                braces -= 1
                if braces == 0 { return token.line }
                if braces < 0 { return nil }
            default:
                let isOutside = braces == 0 && parentheses == 0
                if isOutside, declarations.contains(token.text) { return nil }
            }
        }
        return nil
    }
}

/// A word or a sign of the code.
private struct Token {
    var text: String
    var line: Int

    static func all(in code: [Substring]) -> [Token] {
        var tokens: [Token] = []
        for (index, line) in code.enumerated() {
            var word = ""
            for character in line {
                if character.isLetter || character.isNumber || character == "_" {
                    word.append(character)
                    continue
                }
                if !word.isEmpty { tokens.append(Token(text: word, line: index + 1)) }
                word = ""
                if character != " " {
                    tokens.append(Token(text: String(character), line: index + 1))
                }
            }
            if !word.isEmpty { tokens.append(Token(text: word, line: index + 1)) }
        }
        return tokens
    }
}
