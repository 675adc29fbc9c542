import HTTP
import JSON

/// The parameters of a call to the provider, each at most once (RFC 6749 section 3.2).
struct Parameters: Sendable {
    private(set) var items: [(name: String, value: String)] = []

    /// Takes decoded names and values.
    ///
    /// - Throws: `invalid_request` if a name repeats or there are too many.
    init(_ items: [(String, String)], max: Int) throws(OAuthError) {
        guard items.count <= max else {
            throw OAuthError(.invalidRequest, "There are too many parameters.")
        }
        var seen: Set<String> = []
        for (name, value) in items {
            // `resource` is the one parameter that may repeat (RFC 8707 section 2).
            guard seen.insert(name).inserted || name == "resource" || name == "audience" else {
                throw OAuthError(.invalidRequest, "A parameter is repeated.")
            }
            self.items.append((name, value))
        }
    }

    /// The same under their standard names, where the provider has others.
    ///
    /// A standard name that the provider does not know is nothing to it.
    func renamed(from names: [String: String]) -> Parameters {
        guard !names.isEmpty else { return self }
        let standard = Dictionary(names.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var result = self
        result.items = items.compactMap { item in
            if let name = standard[item.name] { return (name, item.value) }
            return names[item.name] == nil ? item : nil
        }
        return result
    }

    /// Reads the parameters from where the personality wants them.
    ///
    /// - Throws: `invalid_request` if they are elsewhere or not readable.
    init(of request: Request, in form: Behaviour.ParameterForm, max: Int) throws(OAuthError) {
        switch form {
        case .query:
            guard let query = request.query, let items = FormEncoding.decode(query) else {
                throw OAuthError(.invalidRequest, "The parameters must stand in the query.")
            }
            try self.init(items, max: max)
        case .form:
            guard Parameters.type(of: request) == "application/x-www-form-urlencoded" else {
                throw OAuthError(
                    .invalidRequest,
                    "The body must be application/x-www-form-urlencoded."
                )
            }
            guard let text = String(validating: request.body, as: UTF8.self),
                let items = FormEncoding.decode(text)
            else { throw OAuthError(.invalidRequest, "The body is not form-encoded.") }
            try self.init(items, max: max)
        case .json:
            guard Parameters.type(of: request) == "application/json" else {
                throw OAuthError(.invalidRequest, "The body must be application/json.")
            }
            guard case .object(let members)? = JSONValue(json: request.body) else {
                throw OAuthError(.invalidRequest, "The body is not a JSON object.")
            }
            try self.init(members.map { ($0.name, $0.value.string ?? "") }, max: max)
        }
    }

    /// The value of a name; an empty one counts as absent (RFC 6749 section 3.2).
    subscript(name: String) -> String? {
        items.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// The value of a name, or `invalid_request`.
    func required(_ name: String) throws(OAuthError) -> String {
        guard let value = self[name] else {
            throw OAuthError(.invalidRequest, "The parameter \(name) is missing.")
        }
        return value
    }

    /// The media type without its parameters, in lower case.
    private static func type(of request: Request) -> String {
        let field = request.fields["Content-Type"] ?? ""
        return field.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    }
}
