import Time
import Credentials
import HTTP
import OAuth
import Testing

@Suite struct CivilTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2026-11-21T23:00:00Z", 1_795_302_000),
        ("2000-02-29 12:00:00.5+01:00", 951_822_000.5), ("2000-02-29T12:00:00-0130", 951_831_000),
        ("1969-12-31T23:59:59", -1), ("9999-12-31T23:59:59z", 253_402_300_799),
        ("2024-03-01T00:00:00,25+00", 1_709_251_200.25),
    ])
    func `dates of ISO 8601 are read`(text: String, seconds: Double) {
        #expect(CivilTime.iso8601(text) == seconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-11-32T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z",
        "2026-11-21T00:00:00X", "2026-11-21T00:00:00+1", "2026-11-21T00:00:00+25:00",
        "20261121T000000Z-------", "2026-11-21T00:00:00.Z", "٢٠٢٦-11-21T00:00:00Z",
        "-026-11-21T00:00:00Z", "2026-11-21T00:00:00+--:--",
    ])
    func `what is not such a date is refused`(text: String) {
        #expect(CivilTime.iso8601(text) == nil)
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ])
    func `the three dates of HTTP are read`(text: String) {
        #expect(CivilTime.httpDate(text) == 784_111_777)
    }

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
