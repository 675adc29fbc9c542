internal import JSON

/// Reads the part of YAML 1.2 that configuration files are written in.
///
/// Block and flow collections, plain, quoted and block scalars, comments, one document. What it
/// takes, it takes as the core schema says; all else (anchors, aliases, tags, directives, complex
/// and merge keys, keys that are no texts, tabs that indent, several documents) is an error with
/// its place. A name twice in one mapping is an error too.
package struct YAMLReader {
    /// The deepest nesting that is read.
    static let depthMax = JSONValue.depthMax
    /// The longest key, in bytes (YAML 1.2 section 7.4.2).
    static let keyBytesMax = 1024

    var cursor: YAMLCursor

    /// The value of a text; null for one with nothing in it.
    ///
    /// - Throws: the first thing that is wrong, with its place.
    package static func read(_ text: [UInt8]) throws(YAMLError) -> YAMLNode {
        var reader = YAMLReader(cursor: try YAMLCursor(text))
        return try reader.document()
    }

    private mutating func document() throws(YAMLError) -> YAMLNode {
        try skipStart()
        let place = cursor.place
        guard cursor.current != nil else { return YAMLNode(place: place, content: .scalar(.null)) }
        if cursor.current == UInt8(ascii: "%"), cursor.column == 0 {
            throw failure("directives are not supported")
        }
        let node = try blockNode(above: -1, depth: 0)
        try cursor.skipToContent()
        guard cursor.current == nil else {
            throw failure("this line is not indented as those around it")
        }
        return node
    }

    /// Goes over comments and one `---` at the start.
    private mutating func skipStart() throws(YAMLError) {
        var probe = cursor
        while probe.current != nil {
            probe.skipBlanks()
            if probe.current == UInt8(ascii: "#") { probe.skipLine() }
            guard probe.isAtLineEnd, probe.current != nil else { break }
            probe.newline()
        }
        if probe.isAtDocumentMark, probe.current == UInt8(ascii: "-") {
            for _ in 0..<3 { probe.step() }
            try probe.endLine()
            cursor = probe
        }
        try cursor.skipToContent()
    }

    /// The value that begins here, where a collection may begin too.
    ///
    /// - Parameters:
    ///   - parent: the indentation of what it belongs to; every line of it is indented more.
    ///   - depth: how many collections are around it.
    /// - Returns: the value.
    /// - Throws: the first thing that is wrong.
    mutating func blockNode(above parent: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        guard depth <= Self.depthMax else { throw failure("the nesting is too deep") }
        if isAtDash { return try blockSequence(depth: depth) }
        let start = cursor
        if try key() != nil {
            cursor = start
            return try blockMapping(depth: depth)
        }
        cursor = start
        return try value(above: parent, depth: depth)
    }

    /// The value that begins here and is no block collection; goes to the start of the next line.
    mutating func value(above parent: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        guard depth <= Self.depthMax else { throw failure("the nesting is too deep") }
        let place = cursor.place
        try refuseIndicator()
        let content: YAMLNode.Content
        switch cursor.current {
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            return YAMLNode(
                place: place,
                content: .scalar(.string(try blockScalar(above: parent)))
            )
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            content = try flowCollection(above: parent, depth: depth)
        case UInt8(ascii: "\""): content = .scalar(.string(try doubleQuoted(above: parent)))
        case UInt8(ascii: "'"): content = .scalar(.string(try singleQuoted(above: parent)))
        default: content = .scalar(try plain(above: parent))
        }
        try cursor.endLine()
        return YAMLNode(place: place, content: content)
    }

    /// Whether an entry of a sequence begins here.
    var isAtDash: Bool { cursor.current == UInt8(ascii: "-") && cursor.isBlank(1) }

    /// Refuses what a value cannot begin with, and what is not supported.
    func refuseIndicator() throws(YAMLError) {
        switch cursor.current {
        case UInt8(ascii: "&"): throw failure("anchors are not supported")
        case UInt8(ascii: "*"): throw failure("aliases are not supported; put a text in quotes")
        case UInt8(ascii: "!"): throw failure("tags are not supported; put a text in quotes")
        case UInt8(ascii: "?") where cursor.isBlank(1):
            throw failure("complex keys are not supported")
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), UInt8(ascii: ","),
            UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw failure("a text that begins with this character must be in quotes")
        case UInt8(ascii: ":") where cursor.isBlank(1): throw failure("a key is missing")
        case UInt8(ascii: "-") where cursor.isBlank(1):
            throw failure("a list must begin on a line of its own")
        default: return
        }
    }

    /// An error at the cursor.
    func failure(_ message: String) -> YAMLError { YAMLError(message, at: cursor.place) }
}
