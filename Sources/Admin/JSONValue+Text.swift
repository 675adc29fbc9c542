internal import HTTP
internal import Log
internal import OAuth

extension JSONValue {
    /// The value as JSON text on one line, members in their order.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): JSONText.quoted(text)
        case .array(let items): "[\(items.map(\.text).joined(separator: ","))]"
        case .object(let members): "{\(members.map(\.text).joined(separator: ","))}"
        }
    }

    /// A text, or null where there is none.
    static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// Texts, or null where there is no list.
    static func optional(_ texts: [String]?) -> JSONValue {
        texts.map { .array($0.map(JSONValue.string)) } ?? .null
    }
}

extension JSONValue.Member {
    /// The name and the value as JSON text.
    fileprivate var text: String { "\(JSONText.quoted(name)):\(value.text)" }
}

extension Response {
    /// An answer of JSON.
    static func json(_ status: Int, _ value: JSONValue) -> Response {
        Response(
            status: status,
            fields: ["Content-Type": "application/json"],
            body: Array((value.text + "\n").utf8)
        )
    }

    /// An answer of a word, for health checks.
    static func word(_ status: Int, _ word: String) -> Response {
        Response(
            status: status,
            fields: ["Content-Type": "text/plain; charset=utf-8"],
            body: Array(word.utf8)
        )
    }
}
