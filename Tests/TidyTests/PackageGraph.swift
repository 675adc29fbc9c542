/// Which target may import which, as Package.swift says.
struct PackageGraph {
    /// The declared imports of each target.
    private(set) var imports: [String: Set<String>] = [:]

    /// Modules of the toolchain that any file may import.
    static let toolchain: Set<String> = ["Glibc", "Synchronization"]
    /// Modules that need JSON or dates.
    static let withFoundationEssentials: Set<String> = [
        "Credentials", "OAuth", "Vault", "Tokens", "Admin", "Sandbox",
    ]

    /// Reads the calls that declare a target: the first string is its name, the strings of the
    /// first list are its imports.
    init(manifest: String) {
        let uncommented = manifest.split(separator: "\n").filter { line in
            !line.drop(while: { $0 == " " }).hasPrefix("//")
        }
        let text = uncommented.joined(separator: "\n")
        for call in ["module(", "tests(", ".target(", ".executableTarget(", ".testTarget("] {
            for start in text.ranges(of: call) {
                guard !text[..<start.lowerBound].hasSuffix("func ") else { continue }
                let arguments = Self.balanced(text[start.upperBound...])
                guard let name = Self.strings(in: arguments.prefix { $0 != "[" }).first else {
                    continue
                }
                let list = arguments.drop { $0 != "[" }.prefix { $0 != "]" }
                imports[name, default: []].formUnion(Self.strings(in: list))
            }
        }
    }

    /// The imports of `file` that its target does not declare.
    func violations(in file: SourceFile) -> [Violation] {
        guard let declared = imports[file.target] else {
            return [Violation(file.path, 0, "target \(file.target) is not in Package.swift")]
        }
        return file.code.enumerated().compactMap { index, line in
            guard let module = Self.importedModule(line), module != file.target else { return nil }
            guard !declared.contains(module), !isAllowed(module, in: file) else { return nil }
            return Violation(
                file.path,
                index + 1,
                "\(file.target) may not import \(module) (Package.swift)"
            )
        }
    }

    private func isAllowed(_ module: String, in file: SourceFile) -> Bool {
        if Self.toolchain.contains(module) { return true }
        if file.isSource {
            return module == "FoundationEssentials"
                && Self.withFoundationEssentials.contains(file.target)
        }
        return ["Testing", "Foundation", "FoundationEssentials"].contains(module)
    }

    /// The module that a line imports: `package import struct HTTP.Fields` is HTTP.
    static func importedModule(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import") else { return nil }
        let before = words[..<keyword]
        let modifiers: Set<Substring> = ["package", "internal", "private", "fileprivate", "public"]
        guard before.allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") }) else { return nil }
        return words.last?.split(separator: ".").first.map(String.init)
    }

    /// What stands before the parenthesis that closes one opened just before `text`.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 1
        let end = text.firstIndex { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return depth == 0
        }
        return text[..<(end ?? text.endIndex)]
    }

    private static func strings(in text: Substring) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
