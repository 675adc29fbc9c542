package import JSON

/// Where something stands in a text: line and column from 1, columns in Unicode scalars.
package struct YAMLPlace: Sendable, Hashable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    /// Names a place.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }
}

/// Why a text is not taken as YAML, and where.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    package let place: YAMLPlace
    package let message: String

    /// Says what is wrong.
    package init(_ message: String, at place: YAMLPlace) {
        self.place = place
        self.message = message
    }

    package var description: String { "\(place): \(message)" }
}

/// A value of a YAML document that knows where it stands.
package struct YAMLNode: Sendable {
    /// What a value is.
    package indirect enum Content: Sendable {
        /// Null, a boolean, a number or a text.
        case scalar(JSONValue)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    /// A key, where it stands, and its value; no key comes twice in a mapping.
    package struct Entry: Sendable {
        package let key: String
        package let place: YAMLPlace
        package let value: YAMLNode
    }

    package let place: YAMLPlace
    package let content: Content

    /// The value without its places.
    package var json: JSONValue {
        switch content {
        case .scalar(let value): value
        case .sequence(let items): .array(items.map(\.json))
        case .mapping(let entries):
            .object(entries.map { JSONValue.Member($0.key, $0.value.json) })
        }
    }

    /// The text, if it is one.
    package var string: String? {
        if case .scalar(.string(let text)) = content { text } else { nil }
    }
}
