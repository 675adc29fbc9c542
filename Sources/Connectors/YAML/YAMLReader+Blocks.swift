internal import JSON

extension YAMLReader {
    /// A sequence of which the first dash stands here.
    mutating func blockSequence(depth: Int) throws(YAMLError) -> YAMLNode {
        let place = cursor.place
        let indentation = cursor.column
        var items: [YAMLNode] = []
        while cursor.current != nil, cursor.column == indentation, isAtDash {
            let dash = cursor.place
            cursor.step()
            while cursor.current == 0x20 { cursor.step() }
            if cursor.current == 0x09 { try refuseTab() }
            if cursor.isAtLineEnd || cursor.current == UInt8(ascii: "#") {
                try cursor.endLine()
                try cursor.skipToContent()
                guard cursor.current != nil, cursor.column > indentation else {
                    items.append(YAMLNode(place: dash, content: .scalar(.null)))
                    continue
                }
            }
            items.append(try blockNode(above: indentation, depth: depth + 1))
            try cursor.skipToContent()
            try checkEnd(of: indentation)
        }
        return YAMLNode(place: place, content: .sequence(items))
    }

    /// A mapping of which the first key stands here.
    mutating func blockMapping(depth: Int) throws(YAMLError) -> YAMLNode {
        let place = cursor.place
        let indentation = cursor.column
        var entries: [YAMLNode.Entry] = []
        var seen: Set<String> = []
        while cursor.current != nil, cursor.column == indentation, !isAtDash || entries.isEmpty {
            let keyPlace = cursor.place
            try refuseIndicator()
            guard let key = try key() else {
                cursor.skipBlanks()
                throw YAMLError("a key and ':' are expected here", at: keyPlace)
            }
            guard seen.insert(key).inserted else {
                throw YAMLError("the key '\(key)' comes twice", at: keyPlace)
            }
            let value = try mappingValue(indentation: indentation, depth: depth + 1)
            entries.append(YAMLNode.Entry(key: key, place: keyPlace, value: value))
            try cursor.skipToContent()
            try checkEnd(of: indentation)
        }
        return YAMLNode(place: place, content: .mapping(entries))
    }

    /// The value behind a key and its colon.
    private mutating func mappingValue(
        indentation: Int,
        depth: Int
    ) throws(YAMLError) -> YAMLNode {
        let place = cursor.place
        cursor.skipBlanks()
        if cursor.current == UInt8(ascii: "#"), cursor.isAfterBlank { cursor.skipLine() }
        guard cursor.isAtLineEnd else {
            let node = try value(above: indentation, depth: depth)
            return node
        }
        cursor.newline()
        try cursor.skipToContent()
        // A sequence may stand as far left as the key that it belongs to.
        let isInside =
            cursor.column > indentation || (cursor.column == indentation && isAtDash)
        guard cursor.current != nil, isInside else {
            return YAMLNode(place: place, content: .scalar(.null))
        }
        return try blockNode(above: indentation, depth: depth)
    }

    /// A key with its colon, if one stands here; else the cursor is left anywhere in the line.
    mutating func key() throws(YAMLError) -> String? {
        let place = cursor.place
        let start = cursor.index
        let line = cursor.line
        let text: String
        var isPlain = false
        switch cursor.current {
        case UInt8(ascii: "\""):
            guard let found = try? doubleQuoted(above: -2) else { return nil }
            text = found
        case UInt8(ascii: "'"):
            guard let found = try? singleQuoted(above: -2) else { return nil }
            text = found
        case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: ">"),
            UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "#"),
            UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), UInt8(ascii: ","),
            UInt8(ascii: "]"), UInt8(ascii: "}"):
            return nil
        default:
            if cursor.current == UInt8(ascii: "?") || cursor.current == UInt8(ascii: "-"),
                cursor.isBlank(1)
            {
                return nil
            }
            text = plainLine(inFlow: false)
            isPlain = true
        }
        guard cursor.line == line else { return nil }
        cursor.skipBlanks()
        guard cursor.current == UInt8(ascii: ":"), cursor.isBlank(1) else { return nil }
        let length = cursor.index - start
        cursor.step()
        try checkKey(text, isPlain: isPlain, length: length, at: place)
        return text
    }

    /// Refuses keys that are no texts or too long.
    func checkKey(
        _ text: String,
        isPlain: Bool,
        length: Int,
        at place: YAMLPlace
    ) throws(YAMLError) {
        guard length <= Self.keyBytesMax else {
            throw YAMLError("a key is longer than \(Self.keyBytesMax) bytes", at: place)
        }
        guard isPlain else { return }
        guard !text.isEmpty else { throw YAMLError("a key is missing", at: place) }
        guard text != "<<" else { throw YAMLError("merge keys are not supported", at: place) }
        guard YAMLScalar.isText(text) else {
            throw YAMLError("a key must be a text: put '\(text)' in quotes", at: place)
        }
    }

    /// Checks that a line behind an entry belongs to this collection or to one around it.
    private func checkEnd(of indentation: Int) throws(YAMLError) {
        guard cursor.current != nil, cursor.column > indentation else { return }
        throw failure("this line is not indented as those around it")
    }

    private mutating func refuseTab() throws(YAMLError) {
        let tab = cursor
        cursor.skipBlanks()
        guard cursor.isAtLineEnd || cursor.current == UInt8(ascii: "#") else {
            throw YAMLError("a tab cannot indent a line", at: tab.place)
        }
    }
}
