import JSON
import OAuth
import Testing

@Suite struct JSONReaderTests {
    private func read(_ text: String) -> JSONValue? { TokenBody(Array(text.utf8)).object }

    @Test func `a reply is read with its order, its numbers and its escapes`() {
        let text =
            #" {"a": "x\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00", "n": -12.50e+2, "big":"#
            + #"12345678901234567890, "t":true,"f":false,"z":null,"l":[1,[],{}]} "#
        #expect(
            read(text)
                == .object([
                    .init("a", .string("x\"\\/\u{8}\u{C}\n\r\téé😀")),
                    .init("n", .number("-12.50e+2")),
                    .init("big", .number("12345678901234567890")),
                    .init("t", .bool(true)), .init("f", .bool(false)), .init("z", .null),
                    .init("l", .array([.number("1"), .array([]), .object([])])),
                ])
        )
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"b":{"a":1,"a":1}}"#, #"{"a":1,"\u0061":2}"#, #"{"a":1,}"#,
        #"{"a" 1}"#, #"{a:1}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#,
        #"{"a":1e}"#, #"{"a":-}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":tru}"#, #"{"a":"}"#,
        #"{"a":"\x"}"#, #"{"a":"\ud800"}"#, #"{"a":"\ud800\u0041"}"#, #"{"a":"\udc00"}"#,
        #"{"a":"\u12"}"#, "{\"a\":\"\n\"}", #"{"a":1}}"#, #"{"a":1} x"#, "{", #"{"a""#, #"{"a":"#,
        #"{'a':1}"#, #"{"a":1 /* no */}"#, #"{"a":[1,]}"#, #"{"a":[1"#,
    ])
    func `anything but strict JSON is refused`(text: String) {
        #expect(read(text) == nil)
        #expect(TokenBody(Array(text.utf8)) == .unreadable)
    }

    @Test func `nesting is read to its limit and not beyond, however deep`() {
        func nested(_ depth: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                + "}"
        }
        #expect(read(nested(JSONValue.depthMax)) != nil)
        #expect(read(nested(JSONValue.depthMax + 1)) == nil)
        #expect(read(String(repeating: "{\"a\":", count: 50_000)) == nil)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(TokenBody(Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8)) == .unreadable)
    }

    @Test func `every beginning of a reply is refused, and none traps`() {
        let text = Array(#"{"a":"é\u00e9\ud83d\ude00","n":[-1.5e3,true,null,{"b":""}]}"#.utf8)
        for length in 0..<text.count {
            let body = TokenBody(Array(text[..<length]))
            #expect(body == (length == 0 ? .empty : .unreadable))
        }
        #expect(TokenBody(text).object != nil)
    }

    @Test func `random garbage never traps`() {
        var state: UInt64 = 7
        let alphabet = Array(#"{}[]":,\u0123456789abcdefDnltrs.eE+-= &%"#.utf8) + [0, 0xFF, 0xC3]
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [UInt8(ascii: "{")]
            for _ in 0..<24 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            _ = TokenBody(bytes)
            _ = TokenBody(Array(bytes.dropFirst()))
        }
    }

    @Test func `paths lead through objects and arrays, whole names first`() {
        let value = read(#"{"a":{"b":[{"c":1}]},"a.b":2,"":3}"#)
        #expect(value?.value(at: "a.b.0.c") == .number("1"))
        #expect(value?.value(at: "a.b") == .number("2"))
        #expect(value?.value(at: "") == .number("3"))
        for path in ["a.b.1.c", "a.b.-1", "a.b.x", "x", "a..b", "a.b.0.c.d", "."] {
            #expect(value?.value(at: path) == nil)
        }
    }
}

extension TokenBody {
    var object: JSONValue? {
        if case .value(let value) = self { value } else { nil }
    }
}
