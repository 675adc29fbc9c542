import HTTP
import Testing

@Suite struct HTTPDateTests {
    private func written(_ seconds: Int) -> String {
        String(decoding: HTTPDate.bytes(secondsSince1970: seconds), as: UTF8.self)
    }

    @Test func `writes the preferred form`() {
        #expect(written(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(written(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(written(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
        #expect(written(4_107_542_399) == "Sun, 28 Feb 2100 23:59:59 GMT")
        #expect(written(4_107_542_400) == "Mon, 01 Mar 2100 00:00:00 GMT")
        #expect(written(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(written(.min) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test func `reads the three forms`() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            #expect(HTTPDate.parse(text, now: 1_700_000_000) == 784_111_777)
        }
        #expect(HTTPDate.parse("Wed Nov 16 08:49:37 1994", now: 0) == 784_975_777)
    }

    @Test func `puts a two-digit year within fifty years`() {
        let soon = HTTPDate.parse("Monday, 01-Jan-30 00:00:00 GMT", now: 1_700_000_000)
        #expect(soon.map(written)?.contains("2030") == true)
        #expect(HTTPDate.parse("Monday, 01-Jan-75 00:00:00 GMT", now: 1_700_000_000) == 157_766_400)
    }

    @Test func `reads what it wrote`() {
        var seconds = 0
        while seconds < 8_000_000_000 {
            #expect(HTTPDate.parse(written(seconds), now: 0) == seconds)
            seconds += 86_400 * 37 + 12_345
        }
    }

    @Test(arguments: [
        "", " ", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:+7 GMT",
        "Sun, 06 Nov 1994 08::37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "     ", "a b c d e",
    ])
    func `refuses what is no date`(text: String) {
        #expect(HTTPDate.parse(text, now: 0) == nil)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2026-11-21T23:00:00Z", 1_795_302_000),
        ("2000-02-29 12:00:00.5+01:00", 951_822_000.5), ("2000-02-29T12:00:00-0130", 951_831_000),
        ("9999-12-31T23:59:59z", 253_402_300_799),
        ("2024-03-01T00:00:00,25+00", 1_709_251_200.25),
    ])
    func `dates of ISO 8601 are read`(text: String, seconds: Double) {
        #expect(HTTPDate.iso8601(text) == seconds)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-11-32T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z",
        "2026-11-21T00:00:00X", "2026-11-21T00:00:00+1", "2026-11-21T00:00:00+25:00",
        "20261121T000000Z-------", "2026-11-21T00:00:00.Z", "٢٠٢٦-11-21T00:00:00Z",
        "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "-026-11-21T00:00:00Z", "2026-11-21T00:00:00+--:--",
    ])
    func `what is not such a date is refused`(text: String) {
        #expect(HTTPDate.iso8601(text) == nil)
    }
}
