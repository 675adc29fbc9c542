import Config
import Testing

/// Whatever stands in a file, loading it ends, and never with a trap.
@Suite struct FuzzTests {
    /// Numbers that are the same in each run (xorshift).
    struct Numbers {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15

        mutating func next(below limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(max(1, limit)))
        }
    }

    static let spice = [
        "{", "}", "{{", "}}", "\"", ";", "$", "${", "${env:", "${env:API_KEY}", "${file:secret}",
        "#", "\\",
        "\n", "\r", "\t", "\u{0}", "=", "..", "/", "*", "%", "é", "-1", "99999999999999999999", "0",
        "s", "off",
        "include proxy.conf;", "unix:", "[", "]", ":", "|", "default", "basic",
    ]

    @Test func `loads thousands of broken files`() throws {
        var numbers = Numbers()
        let paths = CorpusTests.names("Valid") + CorpusTests.names("Invalid")
        let seeds = try paths.map { Array(try CorpusTests.text($0).unicodeScalars) }
        for round in 0..<2500 {
            var text = seeds[round % seeds.count]
            for _ in 0...numbers.next(below: 4) { mutate(&text, &numbers) }
            var string = String.UnicodeScalarView()
            string.append(contentsOf: text)
            _ = Fixture.findings(String(string), everything: round.isMultiple(of: 2))
        }
    }

    private func mutate(_ text: inout [Unicode.Scalar], _ numbers: inout Numbers) {
        let place = numbers.next(below: text.count)
        let length = min(numbers.next(below: 12), text.count - place)
        switch numbers.next(below: 4) {
        case 0: text.removeSubrange(place..<place + length)
        case 1:
            text.insert(
                contentsOf: text[place..<place + length],
                at: numbers.next(below: text.count)
            )
        case 2: text.removeSubrange(place...)
        default:
            let spice = Self.spice[numbers.next(below: Self.spice.count)]
            text.insert(contentsOf: spice.unicodeScalars, at: place)
        }
    }

    @Test func `ends on long lines of openings`() {
        for opening in ["{{", "${", "\"", "{", "{{a|", "\\\"", "a=\""] {
            let text = String(repeating: opening, count: 20_000)
            #expect(!Fixture.findings(text).isEmpty)
        }
    }
}
