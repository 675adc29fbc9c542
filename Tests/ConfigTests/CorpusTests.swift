import Config
import Testing

/// The files in `Valid` and `Invalid`: each of the latter says in its first lines what is wrong.
@Suite struct CorpusTests {
    static let folder = String(#filePath.dropLast("/CorpusTests.swift".count))

    static func names(_ kind: String) -> [String] {
        ConfigSource.system().matches("\(folder)/\(kind)/*.conf")
    }

    static func text(_ path: String) throws -> String {
        let file = try ConfigSource.system().read(path, .configuration, 1 << 20).get()
        return String(decoding: file.bytes, as: UTF8.self)
    }

    @Test func `finds the corpus`() {
        #expect(Self.names("Valid").count >= 5)
        #expect(Self.names("Invalid").count >= 20)
    }

    @Test(arguments: names("Valid"))
    func `takes what is right`(path: String) throws {
        let errors = Fixture.findings(try Self.text(path)).filter { $0.contains(": error: ") }
        #expect(errors == [])
    }

    @Test(arguments: names("Invalid"))
    func `says all that is wrong, with its place`(path: String) throws {
        let text = try Self.text(path)
        let start = "# "
        let wanted = text.split(separator: "\n").prefix { $0.hasPrefix(start) }
            .map { String($0.dropFirst(start.count)) }
        #expect(!wanted.isEmpty)
        #expect(Fixture.findings(text) == wanted)
    }
}
