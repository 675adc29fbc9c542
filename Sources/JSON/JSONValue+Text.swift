extension JSONValue {
    /// The value as JSON text on one line, members in their order.
    package var text: String {
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
    package static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// Texts, or null where there is no list.
    package static func optional(_ texts: [String]?) -> JSONValue {
        texts.map { .array($0.map(JSONValue.string)) } ?? .null
    }
}

extension JSONValue.Member {
    /// The name and the value as JSON text.
    var text: String { "\(JSONText.quoted(name)):\(value.text)" }
}

extension JSONValue {
    /// An object with a text for each name, in the order of first appearance.
    ///
    /// A name that comes several times gets an array of its texts.
    package static func object(ofTexts items: [(String, String)]) -> JSONValue {
        var names: [String] = []
        for (name, _) in items where !names.contains(name) { names.append(name) }
        return .object(
            names.map { name in
                let values = items.filter { $0.0 == name }.map { JSONValue.string($0.1) }
                let single = values.count == 1 ? values.first : nil
                return Member(name, single ?? .array(values))
            }
        )
    }
}
