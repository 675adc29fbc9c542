import Sandbox
import Testing

@Suite struct JSONTests {
    @Test func `writes what it reads`() {
        let value: JSON = ["a": 1, "b": [true, nil, "x\"\\\u{1}ä"], "c": .real(0.5)]
        #expect(JSON(value.encoded()) == value)
    }

    @Test func `keeps the order of members in what it writes`() {
        let value: JSON = ["b": 1, "a": 2]
        #expect(String(decoding: value.encoded(), as: UTF8.self) == #"{"b":1,"a":2}"#)
    }

    @Test(arguments: ["", "{", "nul", "[1 2]", "\u{0}", "{\"a\"}", "\"\\ud800\""])
    func `refuses what is not JSON`(text: String) {
        #expect(JSON(Array(text.utf8)) == nil)
    }

    @Test func `refuses containers nested deeper than 32, but not brackets in a string`() {
        let deep = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        let fine = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        let text = "\"" + String(repeating: "[", count: 1000) + "\""
        #expect(JSON(Array(deep.utf8)) == nil)
        #expect(JSON(Array(fine.utf8)) != nil)
        #expect(JSON(Array(text.utf8)) != nil)
    }
}
