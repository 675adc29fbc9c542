/// A JSON value, read strictly (RFC 8259): what replies and requests are made of.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number as it was written: a large id keeps all its digits.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in the order they came; no name comes twice.
    case object([Member])

    /// A name and its value.
    package struct Member: Sendable, Equatable {
        package let name: String
        package var value: JSONValue

        /// Pairs a name with a value.
        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The deepest nesting that is read.
    package static let depthMax = 32

    /// The member of an object; `nil` for another value or without that name.
    ///
    /// Assigning changes, adds (as the last) or with `nil` removes it; another value stays as it is.
    package subscript(name: String) -> JSONValue? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.first { $0.name == name }?.value
        }
        set {
            guard case .object(var members) = self else { return }
            switch (members.firstIndex { $0.name == name }, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(name, value))
            case (nil, nil): return
            }
            self = .object(members)
        }
    }

    /// What stands at a path: a whole name, else names (or places in arrays) between dots.
    package func value(at path: String) -> JSONValue? {
        if let whole = self[path] { return whole }
        var value = self
        for step in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = value.next(String(step)) else { return nil }
            value = next
        }
        return value
    }

    private func next(_ step: String) -> JSONValue? {
        guard case .array(let items) = self else { return self[step] }
        guard let index = Int(step), items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The text of a string; `nil` for every other value.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The whole number that this is; `nil` for other values and for one beyond 64 bits.
    package var wholeNumber: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits)
    }

    /// The text of a string, number or boolean; `nil` for what is not one value.
    package var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// The number that this is or that its text says; `nil` if there is none or it has no end.
    package var numericValue: Double? {
        switch self {
        case .number(let text): return Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .string(let text):
            let digits = text.trimmingSpaces()
            guard digits.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }) else {
                return nil
            }
            return Double(digits).flatMap { $0.isFinite ? $0 : nil }
        case .null, .bool, .array, .object: return nil
        }
    }
}

extension String {
    /// The text without the spaces and tabs around it.
    package func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = firstIndex(where: { !isSpace($0) }),
            let end = lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[start...end])
    }
}
