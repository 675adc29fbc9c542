import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func `writes what it reads`() {
        let value: JSONValue = [
            "a": 1, "b": [true, .null, "x\"\\\u{1}\u{7f}ä\n"], "c": .number(0.5),
        ]
        #expect(JSONValue(json: Array(value.text.utf8)) == value)
    }

    @Test func `keeps the order of members in what it writes`() {
        let value: JSONValue = ["b": 1, "a": 2]
        #expect(value.text == #"{"b":1,"a":2}"#)
    }

    @Test func `has null for a number without an end`() {
        #expect(JSONValue.number(.infinity) == .null)
        #expect(JSONValue.number(.nan) == .null)
        #expect(JSONValue.number(-2.5) == .number("-2.5"))
    }

    @Test func `members are changed in their place, added last and removed`() {
        var value: JSONValue = ["a": 1, "b": 2]
        value["a"] = "x"
        value["c"] = true
        value["b"] = nil
        value["d"] = nil
        #expect(value.text == #"{"a":"x","c":true}"#)
        var list: JSONValue = [1]
        list["a"] = 2
        #expect(list == [1])
    }

    @Test func `a text and a whole number are told only of their kind`() {
        let value: JSONValue = ["n": 7, "s": "7", "f": .number(7.5)]
        #expect(value["n"]?.wholeNumber == 7 && value["n"]?.string == nil)
        #expect(value["s"]?.string == "7" && value["s"]?.wholeNumber == nil)
        #expect(value["f"]?.wholeNumber == nil)
        #expect(JSONValue.number("9223372036854775808").wholeNumber == nil)
    }

    @Test(arguments: ["", "{", "nul", "[1 2]", "\u{0}", "{\"a\"}", "\"\\ud800\""])
    func `refuses what is not JSON`(text: String) {
        #expect(JSONValue(json: Array(text.utf8)) == nil)
    }

    @Test func `refuses containers nested deeper than 32, but not brackets in a string`() {
        let deep = String(repeating: "[", count: 34) + String(repeating: "]", count: 34)
        let fine = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        let text = "\"" + String(repeating: "[", count: 1000) + "\""
        #expect(JSONValue(json: Array(deep.utf8)) == nil)
        #expect(JSONValue(json: Array(fine.utf8)) != nil)
        #expect(JSONValue(json: Array(text.utf8)) != nil)
    }
}
