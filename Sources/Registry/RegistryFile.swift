internal import Config
internal import Credentials
internal import JSON

/// What stands in an entry's file: everything of a connection that may lie open, and where in the
/// vault its secrets are.
struct RegistryFile {
    /// The version that is written.
    private static let version = "1"

    let name: String
    /// Where its secrets are; `nil` for a connection without any.
    let secrets: SecretsID?
    /// What may lie open.
    let members: ConnectionMembers
    /// Whether the connection is being made or deleted: what a crash leaves so is cleared away.
    let isUnfinished: Bool

    init(
        name: String,
        secrets: SecretsID? = nil,
        members: ConnectionMembers = .empty,
        isUnfinished: Bool = false
    ) {
        self.name = name
        self.secrets = secrets
        self.members = members
        self.isUnfinished = isUnfinished
    }

    /// The same entry, to be cleared away.
    var unfinished: RegistryFile {
        RegistryFile(name: name, secrets: secrets, members: members, isUnfinished: true)
    }

    /// Reads the file of an entry.
    ///
    /// - Throws: in words, what is wrong with it.
    init(_ bytes: [UInt8], of name: String) throws(Damage) {
        guard let value = JSONValue(json: bytes) else { throw Damage("it is no JSON") }
        guard value["version"] == .number(Self.version) else {
            throw Damage("it has another version than \(Self.version)")
        }
        guard value["name"] == .string(name) else {
            throw Damage("it is the entry of another connection")
        }
        self.name = name
        switch value["secrets"] {
        case nil, .null: secrets = nil
        case .string(let text):
            guard let id = SecretsID(text), id.connection == name else {
                throw Damage("'secrets' names no secrets of this connection")
            }
            secrets = id
        case .bool, .number, .array, .object: throw Damage("'secrets' is no text")
        }
        guard let members = value["connection"].flatMap(ConnectionMembers.init(kept:)) else {
            throw Damage("'connection' is no object")
        }
        self.members = members
        isUnfinished = value["unfinished"] == .bool(true)
    }

    /// What is written.
    var bytes: [UInt8] {
        var value: [JSONValue.Member] = [
            .init("version", .number(Self.version)),
            .init("name", .string(name)),
            .init("secrets", .optional(secrets?.description)),
            .init("connection", members.object),
        ]
        if isUnfinished { value.append(.init("unfinished", .bool(true))) }
        return Array("\(JSONValue.object(value).text)\n".utf8)
    }

    /// What is wrong with a file.
    struct Damage: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}
