internal import Connectors
internal import JSON

extension Template {
    /// The template that a value of a mapping is, for texts that are made for each account.
    ///
    /// The connector's parameters are the file's own and become text; members of `credentials` and
    /// `connectionParameters` become fields.
    /// - Parameters:
    ///   - mapping: What was written.
    ///   - parameter: The value of a connector's parameter.
    /// - Returns: the template; `nil` (undefined) for a parameter without a value, and for null.
    /// - Throws: for what is no text.
    static func make(
        _ mapping: Mapping,
        parameter: (String) -> String?
    ) throws(YAMLError) -> Template? {
        var made = Made()
        guard try made.add(mapping, parameter) else { return nil }
        return Template(pieces: made.pieces, source: made.source)
    }

    /// What was made of a template so far.
    private struct Made {
        var pieces: [Piece] = []
        var source = ""

        /// Adds a value; says whether there was one.
        mutating func add(
            _ mapping: Mapping,
            _ parameter: (String) -> String?
        ) throws(YAMLError) -> Bool {
            switch mapping.kind {
            case .literal(.null): return false
            case .literal(let value):
                guard let text = value.scalarText else { throw mapping.missing }
                add(text, shown: text)
            case .variable(let variable):
                guard let name = variable.path else { throw mapping.missing }
                if variable.root == .connectorParameters {
                    guard let text = parameter(name) else { return false }
                    add(text, shown: "{{\(name)}}")
                } else {
                    try checkField(variable, at: mapping.place)
                    pieces.append(.field(Field(name: name)))
                    source += "{{\(name)}}"
                }
            case .concat(let parts, let delimiter):
                for (index, part) in parts.enumerated() {
                    if index > 0 { add(delimiter, shown: delimiter) }
                    guard try add(part, parameter) else { throw part.missing }
                }
            case .list, .map: throw mapping.missing
            }
            return true
        }

        private mutating func add(_ text: String, shown: String) {
            source += shown
            guard !text.isEmpty else { return }
            if case .literal(let before)? = pieces.last {
                pieces[pieces.count - 1] = .literal(before + text)
            } else {
                pieces.append(.literal(text))
            }
        }

        /// Names of our own mean something else than the account's.
        private func checkField(_ variable: Mapping.Variable, at place: YAMLPlace) throws(YAMLError)
        {
            let own: Set<String> = ["client_id", "client_secret", "connection", "tenant"]
            let token: Set<String> = ["access_token", "token_type"]
            let name = variable.path ?? ""
            if variable.root == .credentials, name == "refresh_token" {
                throw YAMLError("a refresh token goes to no API", at: place)
            }
            let isOwn =
                own.contains(name) || (variable.root != .credentials && token.contains(name))
            guard !isOwn else { throw YAMLError("'\(name)' is a name of our own", at: place) }
        }
    }
}
