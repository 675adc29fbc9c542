import Bytes
import HTTP
import Testing

/// A head parsed from a text, with its ranges as texts.
struct ParsedRequest {
    let head: RequestHead
    let length: Int?
    private let bytes: [UInt8]

    init(_ text: String, limits: HeadLimits = HeadLimits()) throws(HTTPError) {
        let bytes = Array(text.utf8)
        var head = RequestHead()
        length = try head.parse(bytes.span, limits: limits)
        self.head = head
        self.bytes = bytes
    }

    func text(_ range: ByteRange?) -> String? {
        range.map { String(decoding: bytes[$0.lower..<$0.upper], as: UTF8.self) }
    }

    func isHopByHop(_ field: Field) -> Bool {
        head.isHopByHop(field, in: bytes.span)
    }
}

@Suite struct RequestHeadTests {
    @Test func `reads a plain request`() throws {
        let request = try ParsedRequest(
            "\r\nGET /a/b?x=1?y HTTP/1.1\r\nhost: api.example:81\r\nX-Any:  a\tb \r\nEmpty:\r\n\r\nrest"
        )
        let head = request.head
        #expect(request.length == 73)
        #expect(head.method == .get)
        #expect(request.text(head.methodRange) == "GET")
        #expect(head.form == .origin)
        #expect(request.text(head.target) == "/a/b?x=1?y")
        #expect(request.text(head.path) == "/a/b")
        #expect(request.text(head.query) == "x=1?y")
        #expect(request.text(head.authority) == "api.example:81")
        #expect(request.text(head.hostAndPort?.host) == "api.example")
        #expect(head.hostAndPort?.port == 81)
        #expect(head.minorVersion == 1)
        #expect(head.framing == .none)
        #expect(head.keepAlive)
        #expect(!head.expectsContinue)
        #expect(head.fields.map { request.text($0.name) } == ["host", "X-Any", "Empty"])
        #expect(head.fields.map { request.text($0.value) } == ["api.example:81", "a\tb", ""])
    }

    @Test func `an absolute target replaces the Host`() throws {
        let request = try ParsedRequest(
            "GET HTTPS://one.example:8443/p?q HTTP/1.1\r\nHost: two.example\r\n\r\n"
        )
        #expect(request.head.form == .absolute)
        #expect(request.text(request.head.authority) == "one.example:8443")
        #expect(request.text(request.head.path) == "/p")
        #expect(request.text(request.head.query) == "q")
        #expect(request.text(request.head.hostFieldRange) == "two.example")
        let bare = try ParsedRequest("GET http://[::1]?q HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bare.head.path.isEmpty)
        #expect(bare.text(bare.head.query) == "q")
        #expect(bare.text(bare.head.hostAndPort?.host) == "::1")
    }

    @Test func `reads the other target forms`() throws {
        let options = try ParsedRequest("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(options.head.form == .asterisk)
        let connect = try ParsedRequest("CONNECT b.example:443 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connect.head.form == .authority)
        #expect(connect.text(connect.head.authority) == "b.example:443")
        let trace = try ParsedRequest("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(trace.head.method == .trace)
    }

    @Test func `frames the body`() throws {
        let length = try ParsedRequest("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n")
        #expect(length.head.framing == .length(12))
        let zero = try ParsedRequest("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(zero.head.framing == .none)
        let chunked = try ParsedRequest(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        )
        #expect(chunked.head.framing == .chunked)
        let largest = try ParsedRequest(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n"
        )
        #expect(largest.head.framing == .length(999_999_999_999_999_999))
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: x, Close\r\n", false), ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("HTTP/1.5", "", true),
    ])
    func `knows whether the connection stays`(
        version: String,
        field: String,
        stays: Bool
    ) throws {
        let request = try ParsedRequest("GET / \(version)\r\nHost: a\r\n\(field)\r\n")
        #expect(request.head.keepAlive == stays)
    }

    @Test func `lists what Connection names`() throws {
        let request = try ParsedRequest(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: , close ,X-One,, te\r\n"
                + "Connection: Upgrade\r\nUpgrade: foo\r\n\r\n"
        )
        #expect(
            request.head.connectionNames.map { request.text($0) } == ["X-One", "te", "Upgrade"]
        )
        #expect(request.head.hasUpgrade)
        #expect(!request.head.keepAlive)
    }

    @Test func `tells the fields that are for one connection`() throws {
        let request = try ParsedRequest(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: host, x-ONE, authorization\r\n"
                + "X-One: 1\r\nX-Two: 2\r\nAuthorization: b\r\nKeep-Alive: 3\r\n\r\n"
        )
        let dropped = request.head.fields.filter { request.isHopByHop($0) }
        #expect(
            dropped.map { request.text($0.name) }
                == ["Connection", "X-One", "Authorization", "Keep-Alive"]
        )
    }

    @Test func `caps what Connection names`() throws {
        func request(_ count: Int) -> String {
            let names = (0..<count).map { "x\($0)" }.joined(separator: ",")
            return "GET / HTTP/1.1\r\nHost: a\r\nConnection: \(names)\r\n\r\n"
        }
        #expect(try ParsedRequest(request(64)).head.connectionNames.count == 64)
        #expect(throws: HTTPError.badConnection) { try ParsedRequest(request(65)) }
    }

    @Test func `expects to continue only in HTTP 1_1`() throws {
        let text = "Host: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n"
        #expect(try ParsedRequest("POST / HTTP/1.1\r\n" + text).head.expectsContinue)
        #expect(try !ParsedRequest("POST / HTTP/1.0\r\n" + text).head.expectsContinue)
    }

    @Test func `takes HTTP 1_0 without a Host`() throws {
        let request = try ParsedRequest("GET / HTTP/1.0\r\n\r\n")
        #expect(request.head.authority == nil)
        #expect(request.head.minorVersion == 0)
    }

    @Test func `is reusable after a reset`() throws {
        var head = RequestHead()
        let first = Array(
            "POST http://b/x?y HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nUpgrade: x\r\n\r\n".utf8
        )
        #expect(try head.parse(first.span) == first.count)
        #expect(try head.parse(first.span) == first.count)
        head.reset()
        let second = Array("GET / HTTP/1.0\r\n\r\n".utf8)
        #expect(try head.parse(second.span) == second.count)
        #expect(head.fields.isEmpty)
        #expect(head.query == nil)
        #expect(head.authority == nil)
        #expect(head.framing == .none)
        #expect(!head.hasUpgrade)
    }

    @Test func `answers nil until the head is complete`() throws {
        let bytes = Array("GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n".utf8)
        var head = RequestHead()
        for end in 0..<bytes.count {
            #expect(try head.parse(Array(bytes[..<end]).span) == nil)
        }
        #expect(try head.parse(bytes.span) == bytes.count)
        #expect(head.fields.count == 2)
    }

    @Test func `reports a bad byte before the line is complete`() {
        #expect(throws: HTTPError.badMethod) { try ParsedRequest("\u{16}\u{3}\u{1}") }
        #expect(throws: HTTPError.bareLineFeed) { try ParsedRequest("GET / HTTP/1.1\n") }
        #expect(throws: HTTPError.controlByte) {
            try ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}")
        }
    }
}

@Suite struct HeadLimitsTests {
    private let limits = HeadLimits(lineBytes: 40, headBytes: 100, fieldCount: 3)

    private func fault(_ text: String) -> HTTPError? {
        do throws(HTTPError) {
            _ = try ParsedRequest(text, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func `takes lines up to the limit`() {
        let line = "GET /" + String(repeating: "a", count: 24) + " HTTP/1.1\r\n"
        #expect(line.utf8.count == 40)
        #expect(fault(line + "Host: a\r\n\r\n") == nil)
        let field = "X: " + String(repeating: "a", count: 35) + "\r\n"
        #expect(field.utf8.count == 40)
        #expect(fault("GET / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n") == nil)
    }

    @Test func `refuses longer lines before they end`() {
        let line = "GET /" + String(repeating: "a", count: 35)
        #expect(fault(line) == .targetTooLong)
        #expect(fault(line + "aaaaa HTTP/1.1\r\nHost: a\r\n\r\n") == .targetTooLong)
        let start = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(fault(start + "X: " + String(repeating: "a", count: 37)) == .fieldTooLong)
        #expect(fault(start + String(repeating: "a", count: 41)) == .fieldTooLong)
        #expect(fault(start + "X:" + String(repeating: " ", count: 41)) == .fieldTooLong)
    }

    @Test func `refuses too many fields and too large heads`() {
        let start = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(fault(start + "A: b\r\nC: d\r\n\r\n") == nil)
        #expect(fault(start + "A: b\r\nC: d\r\nE: f\r\n") == .tooManyFields)
        let field = "X: " + String(repeating: "a", count: 33) + "\r\n"
        #expect(fault(start + field + field + "\r\n") == .headTooLarge)
    }

    @Test func `gives each fault its status`() {
        #expect(HTTPError.targetTooLong.status == 414)
        #expect(HTTPError.fieldTooLong.status == 431)
        #expect(HTTPError.tooManyFields.status == 431)
        #expect(HTTPError.unknownExpectation.status == 417)
        #expect(HTTPError.unsupportedVersion.status == 505)
        #expect(HTTPError.unknownTransferCoding.status == 501)
        #expect(HTTPError.badHost.status == 400)
        for fault in HTTPError.allCases {
            #expect(fault.message.hasSuffix("."))
        }
    }
}
