extension Rule {
    static let documentation = Rule(name: "types and package functions are explained") { file in
        guard file.isSource else { return [] }
        return file.code.indices.compactMap { index in
            guard let name = Declaration.needingComment(file.code[index]) else { return nil }
            guard !file.isExplained(index) else { return nil }
            return Violation(file.path, index + 1, "\(name) has no doc comment")
        }
    }
}

extension SourceFile {
    /// Whether the lines above line `index`, attributes aside, end a doc comment.
    fileprivate func isExplained(_ index: Int) -> Bool {
        for line in lines[..<index].reversed() {
            let text = line.drop(while: { $0 == " " })
            if text.hasPrefix("///") { return true }
            if !text.hasPrefix("@") && !text.hasPrefix("#if") { return false }
        }
        return false
    }
}

/// The first words of a declaration.
private enum Declaration {
    private static let modifiers: Set<Substring> = [
        "package", "private", "fileprivate", "internal", "final", "static", "mutating",
        "borrowing", "consuming", "nonisolated", "indirect", "isolated", "class",
    ]
    private static let types: Set<Substring> = ["struct", "class", "enum", "actor", "protocol"]
    /// What the standard library's protocols ask for needs no words of ours.
    private static let known = [
        "==", "<", "hash", "encode", "CodingKeys", "next", "enqueue", "checkIsolated",
        "asUnownedSerialExecutor", "asUnownedTaskExecutor",
    ]

    /// The name of the type, or of the function with package access, that a line declares.
    static func needingComment(_ line: Substring) -> String? {
        let words = line.split(separator: " ").drop(while: { $0.hasPrefix("@") })
        guard let end = words.firstIndex(where: { !modifiers.contains($0) || isType($0, words) })
        else { return nil }
        let keyword = words[end]
        let isFunction = keyword == "func" && words[..<end].contains("package")
        guard types.contains(keyword) || isFunction, end + 1 < words.endIndex else { return nil }
        let name = words[end + 1].prefix { !"(<:{".contains($0) || $0 == words[end + 1].first }
        return known.contains { name == $0 } ? nil : String(name)
    }

    /// `class` is a modifier before `func` and `var`, and a type before a name.
    private static func isType(_ word: Substring, _ words: ArraySlice<Substring>) -> Bool {
        guard word == "class", let index = words.firstIndex(of: word) else { return false }
        let next = index + 1 < words.endIndex ? words[index + 1] : ""
        return next.first?.isUppercase == true
    }
}
