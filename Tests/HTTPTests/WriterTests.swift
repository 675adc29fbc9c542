import Bytes
import HTTP
import Testing

@Suite struct WriterTests {
    private func text(_ buffer: Buffer) -> String {
        buffer.withReadable { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }

    @Test func `writes a response that parses again`() throws {
        let buffer = Buffer(capacity: 64)
        let response = Response(
            status: 424,
            fields: [
                "Content-Type": "text/plain", "X": "", "Content-Length": "99",
                "Connection": "keep-alive", "transfer-encoding": "chunked",
            ],
            body: Array("hello".utf8)
        )
        try buffer.append(response, closing: true, now: 784_111_777)
        #expect(
            text(buffer) == "HTTP/1.1 424 Failed Dependency\r\n"
                + "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nX: \r\n"
                + "Content-Length: 5\r\nConnection: close\r\n\r\nhello"
        )
        var head = ResponseHead()
        let length = try buffer.withReadable { bytes in try head.parse(bytes, answering: .get) }
        #expect(length == buffer.count - 5)
        #expect(head.framing == .length(5))
        #expect(!head.keepAlive)
    }

    @Test func `leaves out bodies that cannot be`() throws {
        let buffer = Buffer(capacity: 64)
        let response = Response(status: 204, body: [1, 2])
        try buffer.append(response, closing: false)
        #expect(text(buffer) == "HTTP/1.1 204 No Content\r\n\r\n")
        buffer.clear()
        try buffer.append(Response(status: 200, body: [1]), closing: false, answering: .head)
        #expect(text(buffer) == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")
    }

    @Test func `writes a request that parses again`() throws {
        let buffer = Buffer(capacity: 64)
        let request = Request(
            method: "POST",
            target: "/token?x",
            fields: ["host": "evil", "Accept": "é"],
            body: Array("a=b".utf8)
        )
        try buffer.append(request, authority: "[::1]:8080", closing: true)
        #expect(
            text(buffer) == "POST /token?x HTTP/1.1\r\nHost: [::1]:8080\r\nAccept: é\r\n"
                + "Content-Length: 3\r\nConnection: close\r\n\r\na=b"
        )
        var head = RequestHead()
        let length = try buffer.withReadable { bytes in try head.parse(bytes) }
        #expect(length == buffer.count - 3)
        #expect(head.framing == .length(3))
        buffer.clear()
        try buffer.append(Request(method: "POST", target: "/"), authority: "a")
        #expect(text(buffer) == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        buffer.clear()
        try buffer.append(Request(method: "GET", target: "/"), authority: "a")
        #expect(text(buffer) == "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test(arguments: [
        ("", "x"), ("a b", "x"), ("a:", "x"), ("a\r\nb", "x"), ("é", "x"), ("a", "x\r\ny: z"),
        ("a", "x\n"), ("a", "\u{0}"), ("a", "\u{7f}"), ("a", " x"), ("a", "x\t"),
    ])
    func `writes no field that a parser would refuse`(name: String, value: String) {
        let buffer = Buffer(capacity: 64)
        let fields = Fields([("Good", "x"), (name, value)])
        #expect(throws: HTTPError.self) {
            try buffer.append(Response(status: 200, fields: fields), closing: false)
        }
        #expect(throws: HTTPError.self) {
            try buffer.append(
                Request(method: "GET", target: "/", fields: fields),
                authority: "a"
            )
        }
        #expect(throws: HTTPError.self) { try buffer.appendChecked(name: name, value: value) }
        #expect(buffer.isEmpty)
    }

    @Test(arguments: [
        ("GET", "", "a"), ("GET", "x", "a"), ("GET", "/ x", "a"), ("GET", "/#x", "a"),
        ("GET", "/\r\n", "a"), ("GET", "*", "a"), ("GET", "http://b/", "a"), ("", "/", "a"),
        ("GE T", "/", "a"), ("CONNECT", "/", "a"), ("GET", "/", ""), ("GET", "/", "a/b"),
        ("GET", "/", "u@a"), ("GET", "/", "a\r\nX: y"), ("GET", "/é", "a"),
    ])
    func `writes no request line that a parser would refuse`(
        method: String,
        target: String,
        authority: String
    ) {
        let buffer = Buffer(capacity: 64)
        #expect(throws: HTTPError.self) {
            try buffer.append(Request(method: method, target: target), authority: authority)
        }
        #expect(buffer.isEmpty)
    }

    @Test func `refuses a status of other than three digits`() {
        let buffer = Buffer(capacity: 64)
        for status in [99, 1000, -200] {
            #expect(throws: HTTPError.badStatusLine) {
                try buffer.append(Response(status: status), closing: false)
            }
        }
    }

    @Test func `writes the pieces of a head`() {
        let buffer = Buffer(capacity: 64)
        let other = Buffer(capacity: 64)
        other.append("A:  b \r\n")
        buffer.appendStatusLine(200)
        buffer.appendStatusLine(599)
        buffer.appendField(name: "X", value: "y")
        let field = Field(name: ByteRange(0, 1), value: ByteRange(4, 5), id: .other)
        buffer.appendField(field, of: other)
        buffer.appendContentLength(10)
        buffer.appendChunkHeader(size: 255)
        buffer.appendLastChunk()
        #expect(
            text(buffer) == "HTTP/1.1 200 OK\r\nHTTP/1.1 599 \r\nX: y\r\nA: b\r\n"
                + "Content-Length: 10\r\nff\r\n0\r\n\r\n"
        )
    }
}
