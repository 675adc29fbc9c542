/// An HTTP answer as the probe read it.
package struct ProbeResponse: Sendable {
    package var status = 0
    package var reason = ""
    /// Names and values in the order and case in which they came.
    package var fields: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// The interim answers (1xx) that came before.
    package var interim: [Int] = []

    package var text: String {
        String(decoding: body, as: UTF8.self)
    }

    /// The first field of that name, in any case.
    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Every field of that name, in any case.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// Reads a head: lines ended by CRLF, without the empty one at the end.
    init(head: [UInt8]) throws {
        let text = String(decoding: head, as: UTF8.self)
        // A CRLF is one Character.
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw TestFailure("not the head of an HTTP/1 answer: \(text)")
        }
        self.status = status
        reason = words.count > 2 ? words[2] : ""
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                throw TestFailure("a field without a colon: \(line)")
            }
            let value = line[line.index(after: colon)...].drop(while: { $0 == " " })
            fields.append((String(line[..<colon]), String(value)))
        }
    }

    /// The body's length on the wire, as far as the head alone says it.
    func framing(answering method: String) throws -> BodyFraming {
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return .left(0)
        }
        if self["Transfer-Encoding"]?.lowercased() == "chunked" { return .chunked(left: 0) }
        guard let length = self["Content-Length"] else { return .untilClose }
        guard let count = Int(length) else { throw TestFailure("Content-Length: \(length)") }
        return .left(count)
    }
}

/// What is still to come of a body.
enum BodyFraming: Equatable {
    case left(Int)
    case chunked(left: Int)
    case untilClose
}
