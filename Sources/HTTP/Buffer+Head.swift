package import Bytes

extension Buffer {
    /// Appends a status line with the registered reason phrase.
    package func appendStatusLine(_ status: Int) {
        if status == 200 {
            append("HTTP/1.1 200 OK\r\n")
            return
        }
        append("HTTP/1.1 ")
        append(decimal: status)
        append(UInt8(ascii: " "))
        append(Status.reason(for: status))
        appendLineEnd()
    }

    /// Appends a field of which both parts are known to be good.
    package func appendField(name: StaticString, value: StaticString) {
        append(name)
        append(": ")
        append(value)
        appendLineEnd()
    }

    /// Appends a field whose value was parsed or checked before.
    package func appendField(name: StaticString, value: Span<UInt8>) {
        append(name)
        append(": ")
        append(value)
        appendLineEnd()
    }

    /// Appends a field as another buffer holds it, name and value and nothing else of the line.
    package func appendField(_ field: Field, of other: Buffer) {
        append(field.name, of: other)
        append(": ")
        append(field.value, of: other)
        appendLineEnd()
    }

    /// Appends a field whose parts come from outside.
    /// - Throws: What our own parser would refuse; nothing was appended then.
    package func appendChecked(name: String, value: String) throws(HTTPError) {
        try FieldRules.check(name: name, value: value)
        append(name)
        append(": ")
        append(value)
        appendLineEnd()
    }

    /// Appends `Content-Length`.
    package func appendContentLength(_ count: Int) {
        append("Content-Length: ")
        append(decimal: count)
        appendLineEnd()
    }

    /// Appends the line before a chunk's data; the data and a line end must follow.
    package func appendChunkHeader(size: Int) {
        append(hex: size)
        appendLineEnd()
    }

    /// Appends the last chunk with an empty trailer section.
    package func appendLastChunk() {
        append("0\r\n\r\n")
    }

    /// Appends a carriage return and a line feed.
    package func appendLineEnd() {
        append("\r\n")
    }
}
