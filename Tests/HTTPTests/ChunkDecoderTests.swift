import Bytes
import HTTP
import Testing

@Suite struct ChunkDecoderTests {
    private func outcome(_ body: String, cuts: [Int] = []) -> Outcome {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let bytes = Array((head + body).utf8)
        return Outcome.of(bytes, isResponse: false, cuts: cuts.map { $0 + head.utf8.count })
    }

    @Test func `joins chunks and stops at the end`() {
        let result = outcome("5\r\nhello\r\n00A;x=\"y\\\"\";z\r\n, world ab\r\n0\r\n\r\nGET /")
        #expect(result.fault == nil)
        #expect(result.isComplete)
        #expect(result.body == Array("hello, world ab".utf8))
        #expect(result.consumed == 98)
    }

    @Test func `drops trailers`() {
        let result = outcome("1\r\na\r\n0\r\nAuthorization: x\r\nB:\r\n\r\n")
        #expect(result.isAccepted)
        #expect(result.body == Array("a".utf8))
    }

    @Test(arguments: [
        "0x5\r\n", "-5\r\n", "+5\r\n", "5_0\r\n", " 5\r\n", "5 \r\n", "\r\n", ";x\r\n", "g\r\n",
        "00000000000000001\r\n", "8000000000000000\r\n", "ffffffffffffffff\r\n", "5\n", "5\r\r",
    ])
    func `refuses bad sizes`(body: String) {
        #expect(outcome(body).fault != nil)
    }

    @Test func `takes the largest size`() {
        #expect(outcome("7fffffffffffffff\r\n").fault == nil)
        #expect(outcome("0000000000000001\r\n").fault == nil)
    }

    @Test(arguments: [
        "5;\r\n", "5;;\r\n", "5; a\r\n", "5;a =b\r\n", "5;a=\r\n", "5;a=\"b\r\n", "5;a=\"b\"c\r\n",
        "5;a\u{0}\r\n", "5;a=\u{1}\r\n", "5;a=\"\u{7f}\"\r\n", "5;a\n", "5;[\r\n",
        "5;a=\"\\\n\"\r\n",
    ])
    func `refuses bad extensions`(body: String) {
        #expect(outcome(body).fault != nil)
    }

    @Test func `caps extensions over the whole body`() {
        let chunk = "1;" + String(repeating: "x", count: 1_000) + "\r\na\r\n"
        let fault = outcome(String(repeating: chunk, count: 17)).fault
        #expect(fault == .chunkExtensionsTooLong)
        #expect(outcome(String(repeating: chunk, count: 16)).fault == nil)
    }

    @Test(arguments: [
        "1\r\nab\r\n", "1\r\na\n", "1\r\na\r\r", "1\r\na0\r\n", "0\r\n\n", "0\r\n\r\r",
        "0\r\nA b: c\r\n",
        "0\r\n a: b\r\n", "0\r\nA : b\r\n", "0\r\n: b\r\n", "0\r\nA\r\n", "0\r\nA: \u{0}\r\n",
        "0\r\nA: b\n",
        "0\r\nA: b\r\r",
    ])
    func `refuses bad ends and trailers`(body: String) {
        #expect(outcome(body).fault != nil)
    }

    @Test func `caps trailers in bytes and lines`() {
        let long = "0\r\nA: " + String(repeating: "x", count: 17_000)
        #expect(outcome(long).fault == .trailersTooLarge)
        let many = "0\r\n" + String(repeating: "a:\r\n", count: 101)
        #expect(outcome(many).fault == .trailersTooLarge)
    }

    @Test func `says nothing is left of an unfinished body`() {
        #expect(!outcome("5\r\nhel").isComplete)
        #expect(!outcome("5\r\nhello\r\n0\r\n").isComplete)
    }
}
