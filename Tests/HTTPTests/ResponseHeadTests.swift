import Bytes
import HTTP
import Testing

@Suite struct ResponseHeadTests {
    private func parse(
        _ text: String,
        answering method: HTTP.Method = .get
    ) throws(HTTPError) -> ResponseHead {
        var head = ResponseHead()
        let bytes = Array(text.utf8)
        let length = try head.parse(bytes.span, answering: method)
        #expect(length == bytes.count)
        return head
    }

    @Test func `reads a plain response`() throws {
        let head = try parse("HTTP/1.1 200 Very OK\r\nContent-Length: 5\r\nX: y\r\n\r\n")
        #expect(head.status == 200)
        #expect(head.reason == ByteRange(13, 20))
        #expect(head.framing == .length(5))
        #expect(head.keepAlive)
        #expect(!head.isInformational)
        #expect(head.fields.map(\.id) == [.contentLength, .other])
    }

    @Test func `takes an empty and a missing reason`() throws {
        #expect(try parse("HTTP/1.1 200 \r\n\r\n").reason.isEmpty)
        #expect(try parse("HTTP/1.1 200\r\n\r\n").reason.isEmpty)
    }

    @Test func `frames the body`() throws {
        #expect(try parse("HTTP/1.1 200 OK\r\n\r\n").framing == .untilClose)
        #expect(try !parse("HTTP/1.1 200 OK\r\n\r\n").keepAlive)
        #expect(try parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").framing == .none)
        #expect(
            try parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").framing == .chunked
        )
        #expect(try parse("HTTP/1.1 205 OK\r\nContent-Length: 0\r\n\r\n").framing == .none)
    }

    @Test func `knows the responses without a body`() throws {
        for status in [100, 101, 103, 204, 304] {
            let head = try parse("HTTP/1.1 \(status) X\r\n\r\n")
            #expect(head.framing == .none)
            #expect(head.keepAlive)
            #expect(head.isInformational == (status == 100 || status == 103))
        }
        let head = try parse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", answering: .head)
        #expect(head.framing == .none)
        #expect(head.keepAlive)
        let fresh = try parse("HTTP/1.1 304 OK\r\nContent-Length: 9\r\n\r\n")
        #expect(fresh.framing == .none)
        #expect(fresh.keepAlive)
    }

    @Test func `does not reuse a connection behind a forbidden body`() throws {
        #expect(try !parse("HTTP/1.1 204 X\r\nContent-Length: 9\r\n\r\n").keepAlive)
        #expect(try !parse("HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n").keepAlive)
        #expect(try parse("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n").keepAlive)
    }

    @Test func `closes after HTTP 1_0 unless asked to stay`() throws {
        #expect(try !parse("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n").keepAlive)
        #expect(
            try parse("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n")
                .keepAlive
        )
    }

    @Test func `is reusable after a reset`() throws {
        var head = ResponseHead()
        let first = Array("HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".utf8)
        let length = try #require(try head.parse(first.span, answering: .get))
        #expect(head.isInformational)
        head.reset()
        let second = Array(first[length...])
        #expect(try head.parse(second.span, answering: .get) == second.count)
        #expect(head.status == 200)
        #expect(head.fields.isEmpty)
    }
}
