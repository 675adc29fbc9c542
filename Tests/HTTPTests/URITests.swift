import HTTP
import Testing

@Suite struct URITests {
    @Test func `reads the parts of a URI`() throws {
        let uri = try #require(URI("HTTPS://API.Example.com:8443/a%2Fb;c?x=1&y=%20"))
        #expect(uri.scheme == .https)
        #expect(uri.host == "api.example.com")
        #expect(uri.port == 8443)
        #expect(uri.hasExplicitPort)
        #expect(uri.path == "/a%2Fb;c")
        #expect(uri.query == "x=1&y=%20")
        #expect(uri.authority == "api.example.com:8443")
        #expect(uri.target == "/a%2Fb;c?x=1&y=%20")
    }

    @Test func `fills in the default port and hides it in the authority`() throws {
        let plain = try #require(URI("http://a.example"))
        #expect(plain.port == 80)
        #expect(!plain.hasExplicitPort)
        #expect(plain.path == "")
        #expect(plain.target == "/")
        #expect(plain.query == nil)
        let explicit = try #require(URI("https://a.example:443?q"))
        #expect(explicit.authority == "a.example")
        #expect(explicit.target == "/?q")
        #expect(explicit.text == "https://a.example:443?q")
    }

    @Test(arguments: ["[::1]", "[2001:db8::7]:8080", "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]"])
    func `reads IPv6 hosts`(authority: String) throws {
        let uri = try #require(URI("http://\(authority)/"))
        #expect(uri.authority == authority)
        #expect(!uri.host.contains("["))
    }

    @Test func `compares by parts`() {
        #expect(URI("https://A.example:443/x") == URI("https://a.example/x"))
        #expect(URI("https://a.example/x") != URI("https://a.example/X"))
        #expect(URI("https://a.example/") != URI("http://a.example:443/"))
    }

    @Test(arguments: [
        "", "a.example", "//a.example", "/x", "ftp://a.example/", "http:/a.example", "http://",
        "http:///x", "http://u@a.example/", "http://u:p@a.example/", "http://a.example/#f",
        "http://a.example/ x", "http://a.example/\u{e9}", "http://\u{e9}.example/",
        "http://a.example/%", "http://a.example/%4", "http://a.example/%4g", "http://a.example?%",
        "http://a.example:/", "http://a.example:0/", "http://a.example:65536/",
        "http://a.example:8o/", "http://a.example:+8/", "http://a,b/", "http://a%41/",
        "http://a.example\\x", "http://a.example/\\x", "http://[::1/", "http://::1/",
        "http://[1:2:3:4:5:6:7]/", "http://[1:2:3:4:5:6:7:8:9]/", "http://[::1::2]/",
        "http://[12345::]/", "http://[::1%25eth0]/", "http://[:1::2]/", "http://[1::2:]/",
        "http://[::1.2.3]/", "http://[::1.2.3.256]/", "http://[]/", "http://a.example/\r\n",
        "http://a.example/\u{0}", "http://[1:2:3:4:5:6:7::8]x/",
    ])
    func `refuses what is not an absolute URI`(text: String) {
        #expect(URI(text) == nil)
    }
}

@Suite struct FormEncodingTests {
    @Test func `encodes as a form`() {
        #expect(
            FormEncoding.encode([("grant_type", "a b"), ("s", "~*-._&=+/é")])
                == "grant_type=a+b&s=%7E*-._%26%3D%2B%2F%C3%A9"
        )
        #expect(FormEncoding.encode([]) == "")
        #expect(FormEncoding.percentEncode("a b*~/é") == "a%20b%2A~%2F%C3%A9")
    }

    @Test func `decodes what it encoded`() throws {
        let items = [("a", "1 2"), ("b", "\u{1F600}&="), ("", ""), ("c", "\u{0}")]
        let decoded = try #require(FormEncoding.decode(FormEncoding.encode(items)))
        #expect(decoded.map(\.0) == items.map(\.0))
        #expect(decoded.map(\.1) == items.map(\.1))
    }

    @Test(arguments: ["a=%", "a=%1", "a=%g0", "a=%ff", "%c3=1"])
    func `refuses broken escapes`(text: String) {
        #expect(FormEncoding.decode(text) == nil)
    }

    @Test func `skips empty pieces and keeps later equals signs`() throws {
        let items = try #require(FormEncoding.decode("&a=b=c&&d&"))
        #expect(items.map(\.0) == ["a", "d"])
        #expect(items.map(\.1) == ["b=c", ""])
        #expect(FormEncoding.percentDecode("a+b%20c") == "a+b c")
        #expect(FormEncoding.percentDecode("%") == nil)
    }
}
