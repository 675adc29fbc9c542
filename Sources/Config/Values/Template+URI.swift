package import HTTP

extension Template {
    /// The parts of a URI, as rendering walks through them.
    private enum Part {
        case scheme, authority, path, query

        /// How a field is written here.
        var context: Context {
            switch self {
            case .scheme: .raw
            case .authority: .host
            case .path: .path
            case .query: .query
            }
        }
    }

    /// The URI that the template stands for, each field encoded as its place in the URI wants it.
    ///
    /// A field at the very start may be a whole URI (`{{instance_url}}/services`).
    ///
    /// - Throws: `missing`, `unsafeValue`, `uri`.
    package func renderURI(lookup: (String) -> String?) throws(TemplateError) -> URI {
        var text = ""
        var part = Part.scheme
        for (index, piece) in pieces.enumerated() {
            if index == 1, startsWithField {
                guard case .literal(let literal) = piece, literal.hasPrefix("/") else {
                    // Anything else would become a part of the host.
                    throw .uri("behind a field at the start must stand a '/'")
                }
            }
            if case .literal(let literal) = piece {
                text += joined(text, literal, afterField: index == 1 && startsWithField)
                part = Template.part(atEndOf: text)
                continue
            }
            guard part == .scheme else {
                text += try Template.text(of: piece, after: text, part.context, lookup)
                continue
            }
            guard index == 0 else { throw .uri("a field cannot be a part of the scheme") }
            text = try Template.text(of: piece, after: "", .raw, lookup)
            guard URI(text) != nil else { throw .uri("a field at the start must be a whole URL") }
            part = Template.part(atEndOf: text)
            guard part != .query else { throw .uri("a field at the start must have no query") }
            // What follows a whole URL is its path, even where it ended with its host.
            if part == .authority { part = .path }
        }
        guard let uri = URI(text) else { throw .uri("the result is no http or https URL") }
        try checkSegments(uri.path)
        return uri
    }

    /// The host, if it is written out.
    package var literalHost: String? {
        guard case .literal(let start)? = pieces.first else { return nil }
        let isWhole = pieces.count == 1
        guard isWhole || [.path, .query].contains(Template.part(atEndOf: start)) else { return nil }
        return URI(start)?.host
    }

    /// The fields that decide the scheme, the host or the port.
    package var hostFields: Set<String> {
        var text = ""
        var names: Set<String> = []
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .field(let field):
                let part = Template.part(atEndOf: text)
                guard part == .scheme || part == .authority else { return names }
                names.insert(field.name)
                // What follows a whole URL is its path.
                guard !text.isEmpty else { return names }
                text += "x"
            case .basic: return names
            }
        }
        return names
    }

    /// Why the template can never be a URI; `nil` if it can.
    package var uriProblem: String? {
        do throws(TemplateError) {
            _ = try renderSample { _ in nil }
            return nil
        } catch {
            return error.description
        }
    }

    /// A URI that the template may stand for, with what is known of its fields.
    ///
    /// - Throws: what `renderURI` throws; then it never stands for a URI.
    func renderSample(lookup: (String) -> String?) throws(TemplateError) -> URI {
        // A name that is right in a host, a path and a query shows whether the rest is sound.
        var first = startsWithField
        return try renderURI { name in
            defer { first = false }
            return lookup(name) ?? (first ? "https://host.example" : "x")
        }
    }

    /// Whether the scheme and the host come from a field.
    package var startsWithField: Bool {
        if case .field? = pieces.first { true } else { false }
    }

    /// A literal behind a whole URL begins with exactly one slash.
    private func joined(_ front: String, _ literal: String, afterField: Bool) -> String {
        guard afterField, front.hasSuffix("/"), literal.hasPrefix("/") else { return literal }
        return String(literal.dropFirst())
    }

    private static func part(atEndOf text: String) -> Part {
        guard let mark = text.firstRange(of: "://") else { return .scheme }
        let rest = text[mark.upperBound...]
        if rest.contains("?") { return .query }
        return rest.contains("/") ? .path : .authority
    }
}
