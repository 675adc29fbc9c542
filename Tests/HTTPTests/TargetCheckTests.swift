import Bytes
import HTTP
import Testing

@Suite struct TargetCheckTests {
    private func fault(
        _ path: String,
        _ encodedSlash: TargetCheck.EncodedSlash = .refuse
    ) -> TargetCheck.Fault? {
        let bytes = Array("GET \(path)?x".utf8)
        return TargetCheck.verify(
            bytes.span,
            path: ByteRange(4, bytes.count - 2),
            encodedSlash: encodedSlash
        )
    }

    @Test(arguments: [
        "", "/", "/a/b", "/a.b/c..d/...", "/.well-known/x", "/..a", "/a/;x", "/a;b=.;c/d", "/%20",
        "//a", "/a//b", "/%61pi/x", "/a%2eb", "/%2ewell-known", "/a%252fb", "/x%255cy", "/100%25",
        "/%25zz", "/...%2e", "/%c3%a9", "/a%3b../b", "/@x:y,z!$&'()*+=~_-", "/%25", "/%2525",
    ])
    func `passes what has one reading`(path: String) {
        #expect(fault(path) == nil)
    }

    @Test(arguments: [
        "/.", "/..", "/./a", "/../a", "/a/..", "/a/../b", "/a/.", "/%2e", "/%2E%2e/a", "/.%2e/a",
        "/%2e./a", "/%252e%252e/a", "/.%252e/a", "/%252E", "/..;/a", "/..;x=y/a", "/.;/a",
        "/%2e%2e;/a", "/..%3b/a", "/..%3bx", "/%252e.%253b/a", "/a/..%255c", "/a%252f..%252fb",
        "/a%252f%252e%252e/b", "..", ".", "/%2e%252e",
    ])
    func `refuses dot segments in every spelling`(path: String) {
        #expect(fault(path) == .dotSegment)
        #expect(fault(path, .pass) == .dotSegment)
    }

    @Test func `refuses an encoded slash unless the route passes it`() {
        #expect(fault("/a%2fb") == .encodedSlash)
        #expect(fault("/a%2Fb") == .encodedSlash)
        #expect(fault("/a%2Fb", .pass) == nil)
        #expect(fault("/a%2f..", .pass) == .dotSegment)
        #expect(fault("/..%2fa", .pass) == .dotSegment)
        #expect(fault("/a%2f%2e%2e%2fb", .pass) == .dotSegment)
    }

    @Test func `refuses bytes that have no place in a path`() {
        #expect(fault("/a\\b") == .backslash)
        #expect(fault("/a%5cb") == .encodedBackslash)
        #expect(fault("/a%5C", .pass) == .encodedBackslash)
        #expect(fault("/a%00b") == .encodedNull)
        #expect(fault("/a#b") == .fragment)
        #expect(fault("/a\u{1}b") == .controlByte)
        #expect(fault("/a b") == .controlByte)
        #expect(fault("/\u{e9}") == .controlByte)
        #expect(fault("/\u{7f}") == .controlByte)
    }

    @Test(arguments: ["/%", "/a%", "/a%4", "/%zz", "/%4g/x", "/%%41", "/a%\u{2d}1"])
    func `refuses malformed escapes`(path: String) {
        #expect(fault(path) == .malformedEscape)
    }

    @Test func `looks no further than the path`() {
        let bytes = Array("/a%41".utf8)
        func fault(upTo end: Int) -> TargetCheck.Fault? {
            TargetCheck.verify(bytes.span, path: ByteRange(0, end), encodedSlash: .refuse)
        }
        #expect(fault(upTo: 4) == .malformedEscape)
        #expect(fault(upTo: 5) == nil)
        #expect(fault(upTo: 9) != nil)
    }

    @Test func `leaves a query's data alone`() {
        func query(_ text: String) -> TargetCheck.Fault? {
            let bytes = Array(text.utf8)
            return TargetCheck.verify(bytes.span, query: ByteRange(0, bytes.count))
        }
        for text in ["", "a=../..&b=%2e%2e", "q=%5c%2f", "q=100%", "q=%zz", "a?b/c;d"] {
            #expect(query(text) == nil)
        }
        #expect(query("a=%00") == .encodedNull)
        #expect(query("a\\b") == .backslash)
        #expect(query("a#b") == .fragment)
        #expect(query("a\u{0}") == .controlByte)
    }
}
