import Credentials
import OAuth
import Testing
import Time

@Suite struct RetryAfterTests {
    @Test(arguments: [
        ("120", 120.0), (" 7 ", 7), ("0", 0), ("Sun, 06 Nov 1994 08:51:37 GMT", 120),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
    ])
    func `both forms of Retry-After are read`(text: String, seconds: Double) {
        #expect(RetryAfter.duration(text, at: now) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "soon", "-5", "1.5", "Sun, 06 Foo 1994 08:49:37 GMT", "a b c d e", ": : :",
    ])
    func `a Retry-After that says nothing is as none`(text: String) {
        #expect(RetryAfter.duration(text, at: now) == nil)
    }

    @Test func `a Retry-After without measure does not trap`() {
        let value = String(repeating: "9", count: 400)
        #expect(RetryAfter.duration(value, at: now).map { $0 > .seconds(3600) } == true)
    }
}
