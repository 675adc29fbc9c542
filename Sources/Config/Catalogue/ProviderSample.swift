/// Writes the `connection {}` that a person pastes into a file.
struct ProviderSample {
    private let provider: Provider
    private let parameters: [CatalogueEntry.Parameter]
    private let notes: [String]

    init(_ provider: Provider, _ parameters: [CatalogueEntry.Parameter], _ notes: [String]) {
        self.provider = provider
        self.parameters = parameters
        self.notes = notes
    }

    /// The block, behind what is to be known in comments; secrets are environment variables.
    var text: String {
        var lines = ["# \(provider.title)"] + notes.flatMap { ProviderSample.wrapped($0) }
        lines.append("connection \(provider.name) {")
        lines.append("    provider \(provider.name);")
        lines.append("    client_id ${env:\(variable("CLIENT_ID"))};")
        if takesSecret { lines.append("    client_secret ${env:\(variable("CLIENT_SECRET"))};") }
        for parameter in parameters {
            let start = parameter.isRequired ? "    " : "    # "
            let name = variable(parameter.name.uppercased())
            lines.append("    # \(parameter.name): \(parameter.description)")
            lines.append("\(start)parameter \(parameter.name) ${env:\(name)};")
        }
        lines.append("")
        lines.append("    # The provider fills these in; what you write yourself wins:")
        lines += directives.map { "    # \($0)" }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    private var takesSecret: Bool {
        !["none", "private_key_jwt", "tls"].contains(provider.block["client_auth"]?.form)
    }

    private func variable(_ name: String) -> String {
        let text = "\(provider.name)_\(name)".uppercased()
        return String(text.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    /// The catalogue's lines that are directives of connections.
    private var directives: [String] {
        let text = String(decoding: Catalogue.text(of: provider.name) ?? [], as: UTF8.self)
        let lines = text.split(separator: "\n").dropFirst().dropLast()
        let known = ["title", "note", "needs", "refresh_needs", "no_pkce", "lifetime"]
        return lines.filter { line in
            let word = line.drop { $0 == " " }.prefix { $0 != " " }
            return !known.contains(String(word))
        }.map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : String($0) }
    }

    /// A comment in lines of no more than 100 characters, unless a word is longer.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = "#"
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > 100 {
                lines.append(line)
                line = "#"
            }
            line += " \(word)"
        }
        return lines + [line]
    }
}
