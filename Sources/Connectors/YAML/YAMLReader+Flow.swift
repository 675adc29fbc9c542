internal import JSON

extension YAMLReader {
    /// A collection in brackets or braces; the cursor ends behind it.
    mutating func flowCollection(
        above parent: Int,
        depth: Int
    ) throws(YAMLError) -> YAMLNode.Content {
        guard depth <= Self.depthMax else { throw failure("the nesting is too deep") }
        let isMapping = cursor.current == UInt8(ascii: "{")
        let close = isMapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
        let start = cursor.place
        cursor.step()
        var items: [YAMLNode] = []
        var entries: [YAMLNode.Entry] = []
        var seen: Set<String> = []
        try skipFlowSpace(above: parent, start)
        while cursor.current != close {
            if isMapping {
                let entry = try flowEntry(above: parent, depth: depth + 1, start)
                guard seen.insert(entry.key).inserted else {
                    throw YAMLError("the key '\(entry.key)' comes twice", at: entry.place)
                }
                entries.append(entry)
            } else {
                items.append(try flowNode(above: parent, depth: depth + 1))
            }
            try skipFlowSpace(above: parent, start)
            if cursor.current == UInt8(ascii: ",") {
                cursor.step()
                try skipFlowSpace(above: parent, start)
            } else if cursor.current != close {
                let isPair = !isMapping && cursor.current == UInt8(ascii: ":")
                throw failure(isPair ? "a pair in a list needs braces" : "',' is expected here")
            }
        }
        cursor.step()
        return isMapping ? .mapping(entries) : .sequence(items)
    }

    private mutating func flowNode(above parent: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        let place = cursor.place
        try refuseIndicator()
        let content: YAMLNode.Content
        switch cursor.current {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            content = try flowCollection(above: parent, depth: depth)
        case UInt8(ascii: "\""): content = .scalar(.string(try doubleQuoted(above: parent)))
        case UInt8(ascii: "'"): content = .scalar(.string(try singleQuoted(above: parent)))
        default:
            try refuseInFlow()
            let text = try plainText(above: parent, inFlow: true)
            content = .scalar(try YAMLScalar.resolve(text, at: place))
        }
        return YAMLNode(place: place, content: content)
    }

    private mutating func flowEntry(
        above parent: Int,
        depth: Int,
        _ start: YAMLPlace
    ) throws(YAMLError) -> YAMLNode.Entry {
        let place = cursor.place
        let (line, first) = (cursor.line, cursor.index)
        try refuseIndicator()
        var isPlain = false
        let key: String
        switch cursor.current {
        case UInt8(ascii: "\""): key = try doubleQuoted(above: parent)
        case UInt8(ascii: "'"): key = try singleQuoted(above: parent)
        case UInt8(ascii: "["), UInt8(ascii: "{"): throw failure("complex keys are not supported")
        default:
            try refuseInFlow()
            key = plainLine(inFlow: true)
            isPlain = true
        }
        cursor.skipBlanks()
        guard cursor.line == line, cursor.current == UInt8(ascii: ":") else {
            throw failure("':' is expected here")
        }
        let length = cursor.index - first
        try checkKey(key, isPlain: isPlain, length: length, at: place)
        cursor.step()
        let colon = cursor.place
        try skipFlowSpace(above: parent, start)
        let value: YAMLNode
        if cursor.current == UInt8(ascii: ",") || cursor.current == UInt8(ascii: "}") {
            value = YAMLNode(place: colon, content: .scalar(.null))
        } else {
            value = try flowNode(above: parent, depth: depth)
        }
        return YAMLNode.Entry(key: key, place: place, value: value)
    }

    /// Refuses block scalars and the indicators that flow collections have no use for.
    private func refuseInFlow() throws(YAMLError) {
        switch cursor.current {
        case UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "#"):
            throw failure("a text that begins with this character must be in quotes")
        case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
            guard cursor.peek().map(YAMLReader.isFlowIndicator) ?? true else { return }
            throw failure("a text that begins with this character must be in quotes")
        default: return
        }
    }

    /// Goes over blanks, line breaks and comments inside a flow collection.
    private mutating func skipFlowSpace(
        above parent: Int,
        _ start: YAMLPlace
    ) throws(YAMLError) {
        while true {
            cursor.skipBlanks()
            if cursor.current == UInt8(ascii: "#"), cursor.isAfterBlank { cursor.skipLine() }
            guard cursor.isAtLineEnd else { return }
            guard cursor.current != nil else {
                throw YAMLError("this bracket is not closed", at: start)
            }
            cursor.newline()
            try cursor.skipToContent()
            guard cursor.current != nil else {
                throw YAMLError("this bracket is not closed", at: start)
            }
            let isClosing =
                cursor.current == UInt8(ascii: "]") || cursor.current == UInt8(ascii: "}")
            // Where the bracket was opened the closing one may stand too, as everybody writes it.
            guard cursor.column > parent || (isClosing && cursor.column == parent) else {
                throw failure("this line is not indented as those around it")
            }
        }
    }
}
