/// The words behind a command, taken apart: options first known, then positional ones.
struct Arguments {
    /// A fault of the command line: exit code 2.
    struct Fault: Error {
        let message: String
    }

    private var words: [String]

    init(_ words: [String]) { self.words = words }

    /// Takes an option with a value, as `-c FILE`, `--config FILE` or `--config=FILE`; nil when absent.
    mutating func option(_ names: String...) throws(Fault) -> String? {
        for name in names {
            if let index = words.firstIndex(of: name) {
                guard index + 1 < words.count else { throw Fault(message: "\(name) wants a value") }
                let value = words[index + 1]
                words.removeSubrange(index...(index + 1))
                return value
            }
            if let index = words.firstIndex(where: { $0.hasPrefix("\(name)=") }) {
                return String(words.remove(at: index).dropFirst(name.utf8.count + 1))
            }
        }
        return nil
    }

    /// Takes an option with a value as often as it stands there.
    mutating func options(_ name: String) throws(Fault) -> [String] {
        var values: [String] = []
        while let value = try option(name) { values.append(value) }
        return values
    }

    /// Takes a flag.
    mutating func flag(_ names: String...) -> Bool {
        guard let index = words.firstIndex(where: { names.contains($0) }) else { return false }
        words.remove(at: index)
        return true
    }

    /// Takes the next word that is no option.
    mutating func word() -> String? {
        guard let index = words.firstIndex(where: { !$0.hasPrefix("-") }) else { return nil }
        return words.remove(at: index)
    }

    /// Refuses whatever is left.
    func finish() throws(Fault) {
        guard let first = words.first else { return }
        throw Fault(message: "unknown argument '\(first)'")
    }
}
