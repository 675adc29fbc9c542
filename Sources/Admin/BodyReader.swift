internal import Credentials
internal import Crypto
internal import HTTP
internal import JSON

/// The JSON object in a request's body.
struct BodyReader {
    /// The members, in the order they came.
    let members: [JSONValue.Member]

    /// Reads the body; one that is empty counts as `{}` where that is allowed.
    ///
    /// - Throws: 415 for another media type, 400 for what is no JSON, 422 for what is no object.
    init(_ request: Request, mayBeEmpty: Bool) throws(APIError) {
        guard !request.body.isEmpty else {
            guard mayBeEmpty else { throw .badRequest("A JSON object is needed as the body.") }
            members = []
            return
        }
        guard Self.isJSON(request.fields.all("Content-Type")) else { throw .notJSON }
        guard let value = JSONValue(json: request.body) else {
            throw .badRequest("The body is not well-formed JSON.")
        }
        guard case .object(let members) = value else {
            throw .unprocessable("The body must be a JSON object.")
        }
        self.members = members
    }

    /// The same body, which must have no other members than these.
    ///
    /// - Throws: 422.
    func expecting(_ known: [String]) throws(APIError) -> BodyReader {
        guard members.allSatisfy({ known.contains($0.name) }) else {
            throw .unprocessable("The members known here are: \(known.joined(separator: ", ")).")
        }
        return self
    }

    private subscript(name: String) -> JSONValue? {
        members.first { $0.name == name }?.value
    }

    /// A text member; `nil` where there is none or it is null.
    ///
    /// - Throws: 422 for another type.
    func text(_ name: String) throws(APIError) -> String? {
        switch self[name] {
        case nil, .null: return nil
        case .string(let text): return text
        case .bool, .number, .array, .object: throw .unprocessable("'\(name)' must be a string.")
        }
    }

    /// A token: visible ASCII, as a header can carry it.
    ///
    /// - Throws: 422 for anything else.
    func token(_ name: String) throws(APIError) -> Secret? {
        guard let text = try text(name) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .unprocessable("'\(name)' must be visible ASCII without spaces.")
        }
        return Secret(text)
    }

    /// A moment (RFC 3339).
    ///
    /// - Throws: 422 for anything else.
    func time(_ name: String) throws(APIError) -> WallTime? {
        guard let text = try text(name) else { return nil }
        guard let seconds = HTTPDate.iso8601(text) else {
            throw .unprocessable("'\(name)' must be a time like 2026-11-21T10:00:00Z.")
        }
        return WallTime(seconds: seconds)
    }

    /// Names and texts; none where there is no such member.
    ///
    /// - Throws: 422 for other types, and for line ends and NUL, which no header may carry.
    func texts(_ name: String) throws(APIError) -> [String: String] {
        let members: [JSONValue.Member]
        switch self[name] {
        case nil, .null: return [:]
        case .object(let found): members = found
        case .bool, .number, .string, .array:
            throw .unprocessable("'\(name)' must be an object of strings.")
        }
        var result: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value, !member.name.isEmpty else {
                throw .unprocessable("'\(name)' must be an object of strings.")
            }
            guard text.utf8.allSatisfy({ $0 != 0 && $0 != 0x0A && $0 != 0x0D }) else {
                throw .unprocessable("'\(name)' may hold no line ends.")
            }
            result[member.name] = text
        }
        return result
    }

    private static func isJSON(_ types: [String]) -> Bool {
        guard types.count == 1, let type = types.first?.split(separator: ";").first else {
            return false
        }
        return type.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { $0.lowercased() }
            == ["application/json"]
    }
}
