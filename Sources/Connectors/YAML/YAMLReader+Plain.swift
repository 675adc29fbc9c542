internal import JSON

extension YAMLReader {
    /// A plain scalar over one line or more, as the core schema reads it.
    mutating func plain(above parent: Int) throws(YAMLError) -> JSONValue {
        let place = cursor.place
        let text = try plainText(above: parent, inFlow: false)
        return try YAMLScalar.resolve(text, at: place)
    }

    /// The text of a plain scalar, its lines folded (YAML 1.2 section 7.3.3).
    mutating func plainText(above parent: Int, inFlow: Bool) throws(YAMLError) -> String {
        var text = plainLine(inFlow: inFlow)
        while true {
            let end = cursor
            cursor.skipBlanks()
            guard cursor.isAtLineEnd, cursor.current != nil,
                let breaks = try continuation(above: parent), canContinue(inFlow: inFlow)
            else {
                cursor = end
                return text
            }
            text += breaks == 0 ? " " : String(repeating: "\n", count: breaks)
            text += plainLine(inFlow: inFlow)
        }
    }

    /// Whether what stands here is more of a plain scalar.
    private func canContinue(inFlow: Bool) -> Bool {
        guard let byte = cursor.current, byte != UInt8(ascii: "#") else { return false }
        if byte == UInt8(ascii: ":") { return !endsKey(inFlow: inFlow) }
        return !inFlow || !YAMLReader.isFlowIndicator(byte)
    }

    /// Goes over the end of a line and empty lines to the next one of the same scalar.
    ///
    /// - Returns: how many empty lines there were; `nil` if the scalar ends before.
    private mutating func continuation(above parent: Int) throws(YAMLError) -> Int? {
        var breaks = -1
        while cursor.isAtLineEnd {
            guard cursor.current != nil else { return nil }
            cursor.newline()
            breaks += 1
            let start = cursor
            while cursor.current == 0x20 { cursor.step() }
            let tab = cursor
            cursor.skipBlanks()
            guard !cursor.isAtLineEnd else { continue }
            if start.isAtDocumentMark || tab.column <= parent { return nil }
            guard tab.index == cursor.index || cursor.current == UInt8(ascii: "#") else {
                throw YAMLError("a tab cannot indent a line", at: tab.place)
            }
        }
        return breaks
    }

    /// What a plain scalar has on this line, without the blanks behind it.
    mutating func plainLine(inFlow: Bool) -> String {
        let start = cursor.index
        var end = start
        while !cursor.isAtLineEnd, let byte = cursor.current {
            if byte == UInt8(ascii: "#"), cursor.isAfterBlank, cursor.index > start { break }
            if byte == UInt8(ascii: ":"), endsKey(inFlow: inFlow) { break }
            if inFlow, YAMLReader.isFlowIndicator(byte) { break }
            cursor.step()
            if byte != 0x20, byte != 0x09 { end = cursor.index }
        }
        return String(decoding: cursor.bytes[start..<end], as: UTF8.self)
    }

    /// Whether the colon here ends a key.
    private func endsKey(inFlow: Bool) -> Bool {
        if cursor.isBlank(1) { return true }
        return inFlow && cursor.peek().map(YAMLReader.isFlowIndicator) ?? true
    }

    /// Whether a byte structures flow collections.
    static func isFlowIndicator(_ byte: UInt8) -> Bool {
        ",[]{}".utf8.contains(byte)
    }
}
