import Config
import Credentials
import Testing

@Suite struct DirectoryTests {
    private static func connection(_ name: String, label: String = "") -> ConnectionConfiguration {
        let api = APIClientConfiguration(baseURI: .literal("https://api.example.com"))
        var connection = ConnectionConfiguration(name: name, grant: .none, api: api)
        connection.label = label
        return connection
    }

    private static func refusal(_ change: () throws -> Void) -> ConnectionDirectory.Refusal? {
        do {
            try change()
            return nil
        } catch {
            return error as? ConnectionDirectory.Refusal
        }
    }

    @Test func `finds what the file and the API define`() throws {
        let directory = ConnectionDirectory(file: [Self.connection("b")])
        #expect(directory["a"] == nil)
        try directory.insert(Self.connection("a"))
        #expect(directory.entries.map(\.connection.name) == ["a", "b"])
        #expect(directory.entries.map(\.source) == [.api, .file])
        #expect(directory.connections.keys.sorted() == ["a", "b"])
    }

    @Test func `every change has a stamp and a version of its own`() throws {
        let directory = ConnectionDirectory(file: [])
        var stamps: Set = [directory.currentStamp]
        var versions: Set<Int> = []
        try directory.insert(Self.connection("a"))
        stamps.insert(directory.currentStamp)
        versions.insert(try #require(directory["a"]).version)
        try directory.replace(Self.connection("a", label: "new"))
        stamps.insert(directory.currentStamp)
        versions.insert(try #require(directory["a"]).version)
        #expect(directory["a"]?.connection.label == "new")
        try directory.remove("a")
        stamps.insert(directory.currentStamp)
        #expect(directory["a"] == nil)
        try directory.insert(Self.connection("a"))
        stamps.insert(directory.currentStamp)
        versions.insert(try #require(directory["a"]).version)
        #expect(stamps.count == 5 && versions.count == 3)
    }

    @Test func `refuses what is the file's, taken or unknown`() throws {
        let directory = ConnectionDirectory(file: [Self.connection("file")])
        try directory.insert(Self.connection("api"))
        let before = directory.currentStamp
        #expect(Self.refusal { try directory.insert(Self.connection("file")) } == .taken(by: .file))
        #expect(Self.refusal { try directory.insert(Self.connection("api")) } == .taken(by: .api))
        #expect(Self.refusal { try directory.replace(Self.connection("file")) } == .definedInFile)
        #expect(Self.refusal { try directory.remove("file") } == .definedInFile)
        #expect(Self.refusal { try directory.replace(Self.connection("x")) } == .unknown)
        #expect(Self.refusal { try directory.remove("x") } == .unknown)
        #expect(directory.currentStamp == before)
        #expect(directory.entries.count == 2)
    }

    @Test func `a name in the file hides one of the API`() throws {
        let directory = ConnectionDirectory(file: [])
        try directory.insert(Self.connection("a", label: "api"))
        directory.define(file: [Self.connection("a", label: "file"), Self.connection("b")])
        #expect(directory["a"]?.connection.label == "file")
        #expect(directory.entries.map(\.source) == [.file, .file])
        #expect(Self.refusal { try directory.remove("a") } == .definedInFile)
        directory.define(file: [])
        #expect(directory["a"]?.connection.label == "api")
        #expect(directory["b"] == nil)
    }
}
