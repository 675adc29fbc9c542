import Config
import Connectors
import JSON
import Testing

/// The corpus was held against a library of YAML by hand: `good` has what each text means, `bad`
/// the place and the reason.
@Suite struct YAMLTests {
    @Test func `The corpus is there`() {
        #expect(Corpus.names(in: "good").count >= 20)
        #expect(Corpus.names(in: "bad").count >= 50)
    }

    @Test(arguments: Corpus.names(in: "good"))
    func `What is taken means what YAML 1.2 says`(name: String) throws {
        let expected = try #require(JSONValue(json: Corpus.bytes("good/\(name).json")))
        #expect(try YAMLReader.read(Corpus.bytes("good/\(name).yml")).json == expected)
    }

    @Test(arguments: Corpus.names(in: "bad"))
    func `What is not taken is an error with its place`(name: String) throws {
        let expected = String(decoding: try Corpus.bytes("bad/\(name).txt"), as: UTF8.self)
        let error = #expect(throws: YAMLError.self) {
            try YAMLReader.read(Corpus.bytes("bad/\(name).yml"))
        }
        #expect("\(error?.description ?? "")\n" == expected)
    }

    @Test func `Text that is not UTF-8 is refused`() {
        #expect(throws: YAMLError.self) { try YAMLReader.read([0x61, 0x3A, 0x20, 0xFF]) }
    }

    @Test func `Nesting and size have limits`() throws {
        let deep = { (depth: Int) in
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8
            )
        }
        _ = try YAMLReader.read(deep(30))
        #expect(throws: YAMLError.self) { try YAMLReader.read(deep(100)) }
        let dashes = Array(String(repeating: "- ", count: 5000).utf8)
        #expect(throws: YAMLError.self) { try YAMLReader.read(dashes) }
        let long = Array(repeating: UInt8(ascii: "x"), count: 300 * 1024)
        #expect(throws: YAMLError.self) { try YAMLReader.read(long) }
        let key = Array((String(repeating: "k", count: 1025) + ": 1").utf8)
        #expect(throws: YAMLError.self) { try YAMLReader.read(key) }
    }

    @Test func `Columns count characters`() {
        let error = #expect(throws: YAMLError.self) {
            try YAMLReader.read(Array("é: ü\n日: &x 1".utf8))
        }
        #expect(error?.place == YAMLPlace(line: 2, column: 4))
    }

    @Test(arguments: Corpus.names(in: "good"))
    func `Nothing that is cut off or bent traps`(name: String) throws {
        let text = try Corpus.bytes("good/\(name).yml")
        var random = SystemRandomNumberGenerator()
        let marks = Array(":-[]{}\"'|>#&*!%@, \n\t\\~?x".utf8)
        for cut in text.indices { _ = try? YAMLReader.read(Array(text[..<cut])) }
        for _ in 0..<200 where !text.isEmpty {
            var bent = text
            for _ in 0..<3 {
                let at = Int.random(in: bent.indices, using: &random)
                bent[at] = marks.randomElement(using: &random) ?? 0x20
            }
            _ = try? YAMLReader.read(bent)
        }
    }
}

/// The files beside these tests.
enum Corpus {
    private static let root = String("\(#filePath)".dropLast("/YAMLTests.swift".count)) + "/Corpus"

    /// The texts of a folder.
    static func names(in folder: String) -> [String] {
        ConfigSource.system().matches("\(root)/\(folder)/*.yml").map {
            String($0.dropFirst("\(root)/\(folder)/".count).dropLast(".yml".count))
        }
    }

    /// What a file holds.
    static func bytes(_ name: String) throws -> [UInt8] {
        try ConfigSource.system().read("\(root)/\(name)", .configuration, 1 << 20).get().bytes
    }
}
