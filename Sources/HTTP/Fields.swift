/// An ordered list of header fields for messages that are built or read whole.
///
/// Names compare without regard to case and keep the case they came with; repeated names stay
/// separate and in order (RFC 9110 section 5.3).
package struct Fields: Sendable {
    private var pairs: [(name: String, value: String)]

    /// Makes a list of the given names and values, in that order.
    package init(_ pairs: [(String, String)] = []) {
        self.pairs = pairs.map { (name: $0.0, value: $0.1) }
    }

    /// The first value of a name.
    ///
    /// Assigning replaces every field of that name; assigning `nil` removes them.
    package subscript(name: String) -> String? {
        get { pairs.first { Fields.same($0.name, name) }?.value }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    /// Every value of a name, in order.
    package func all(_ name: String) -> [String] {
        pairs.filter { Fields.same($0.name, name) }.map(\.value)
    }

    /// Adds a field behind the others.
    package mutating func append(_ name: String, _ value: String) {
        pairs.append((name: name, value: value))
    }

    /// Gives a name exactly one value, in the place of its first field if it has one.
    package mutating func set(_ name: String, _ value: String) {
        guard let place = pairs.firstIndex(where: { Fields.same($0.name, name) }) else {
            append(name, value)
            return
        }
        let before = pairs[..<place]
        let after = pairs[(place + 1)...].filter { !Fields.same($0.name, name) }
        pairs = before + [(name: name, value: value)] + after
    }

    /// Removes every field of a name.
    package mutating func remove(_ name: String) {
        pairs.removeAll { Fields.same($0.name, name) }
    }

    /// Whether two field names are the same, without regard to the case of ASCII letters.
    package static func same(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8) { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}

extension Fields: RandomAccessCollection {
    package var startIndex: Int { pairs.startIndex }
    package var endIndex: Int { pairs.endIndex }

    /// The name and value at a position.
    package subscript(position: Int) -> (name: String, value: String) { pairs[position] }
}

extension Fields: Equatable {
    /// Whether both lists hold the same fields in the same order.
    package static func == (one: Fields, other: Fields) -> Bool {
        one.pairs.elementsEqual(other.pairs) { same($0.name, $1.name) && $0.value == $1.value }
    }
}

extension Fields: ExpressibleByDictionaryLiteral {
    /// Makes a list of literal names and values, in that order; names may repeat.
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}
