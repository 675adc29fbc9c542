import Config
import Testing

@Suite struct PatternTests {
    @Test func `matches hosts`() throws {
        let star = try #require(HostPattern("*.Example.com"))
        #expect(star.matches("a.example.com") && star.matches("A.B.EXAMPLE.com"))
        #expect(!star.matches("example.com") && !star.matches(".example.com"))
        #expect(!star.matches("aexample.com") && !star.matches("a.example.com.evil.org"))
        #expect(!star.matches("a..example.com") && !star.matches("a/b.example.com"))
        let exact = try #require(HostPattern("api.example.com"))
        #expect(exact.matches("API.example.com") && !exact.matches("x.api.example.com"))
        #expect(try #require(HostPattern("[::1]")).matches("::1"))
        #expect(try !#require(HostPattern("*.0.0.1")).matches("127.0.0.1"))
    }

    @Test(arguments: [
        "*", "*.", "", "a*.b", "*.*.b", "a.*", "https://a", "a:80", "a/b", "*.[::1]", "::1",
    ])
    func `refuses what is no pattern of hosts`(text: String) {
        #expect(HostPattern(text) == nil)
    }

    @Test(arguments: [
        ("/users", ["users"], true), ("/users", ["users", "1"], false), ("/users", [], false),
        ("/users/*", ["users", "1"], true), ("/users/*", ["users"], false),
        ("/users/**", ["users"], true), ("/users/**", ["users", "a", "b"], true),
        ("/**/keys", ["keys"], true), ("/**/keys", ["a", "b", "keys"], true),
        ("/**/keys", ["keys", "a"], false), ("/**/a/**/b", ["x", "a", "y", "a", "b"], true),
        ("/a%2Fb", ["a/b"], true), ("/*/*", ["a", "b"], true), ("/**", [], true), ("/", [""], true),
    ])
    func `matches paths by segments`(pattern: String, path: [String], expected: Bool) throws {
        let pattern = try #require(PathPattern(pattern))
        #expect(pattern.matches(path.map { Array($0.utf8) }) == expected)
    }

    @Test(arguments: ["users", "/a*", "/***", "/%2", "/%zz", "/a b", ""])
    func `refuses what is no pattern of paths`(text: String) {
        #expect(PathPattern(text) == nil)
    }

    @Test func `knows the addresses that stand for all`() {
        let all = [
            "0.0.0.0", "::", "0::0", "0:0:0:0:0:0:0:0", "::FFFF:0.0.0.0", "::ffff:0:0", "::0",
        ]
        #expect(all.allSatisfy(Wildcard.contains))
        #expect(
            !["127.0.0.1", "::1", "10.0.0.0", "", "::ffff:127.0.0.1"].contains(
                where: Wildcard.contains
            )
        )
    }

    @Test func `knows loopback`() {
        #expect(["127.0.0.1", "127.9.9.9", "::1", "LOCALHOST"].allSatisfy(Loopback.contains))
        #expect(
            !["128.0.0.1", "127.0.0", "127.0.0.1.evil.com", "0.0.0.0", "::"].contains(
                where: Loopback.contains
            )
        )
    }
}
