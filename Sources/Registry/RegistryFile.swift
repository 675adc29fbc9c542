internal import Config
internal import Credentials
internal import JSON

/// What stands in an entry's file: everything of a connection that may lie open, and where in the
/// vault its secrets are.
struct RegistryFile {
    /// The version that is written.
    private static let version = "1"

    /// One state of a connection.
    struct Part {
        /// Where its secrets are; `nil` for a connection without any.
        let secrets: SecretsID?
        /// What may lie open.
        let members: ConnectionMembers

        /// What there is of a connection that is only being made.
        static let nothing = Part(secrets: nil, members: .empty)
    }

    let name: String
    /// What holds now.
    let current: Part
    /// What a change under way would put into its place.
    let next: Part?
    /// Whose tokens that brings; `nil`: nobody's.
    let expected: ExpectedTokens?
    /// Whether the connection is being made, if there is something to come, else being deleted.
    let isUnfinished: Bool

    init(
        name: String,
        current: Part,
        next: Part? = nil,
        expected: ExpectedTokens? = nil,
        isUnfinished: Bool = false
    ) {
        self.name = name
        self.current = current
        self.next = next
        self.expected = expected
        self.isUnfinished = isUnfinished
    }

    /// Where all secrets are that this entry points at.
    var secrets: [SecretsID] { [current.secrets, next?.secrets].compactMap(\.self) }

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
        current = try Part(value, of: name)
        next = if let value = value["next"] { try Part(value, of: name) } else { nil }
        expected =
            if let tokens = value["tokens"] { try ExpectedTokens(stored: tokens) } else { nil }
        isUnfinished = value["unfinished"] == .bool(true)
    }

    /// What is written.
    var bytes: [UInt8] {
        var value: [JSONValue.Member] = [
            .init("version", .number(Self.version)), .init("name", .string(name)),
        ]
        value += current.object
        if let next { value.append(.init("next", .object(next.object))) }
        if let expected { value.append(.init("tokens", expected.object)) }
        if isUnfinished { value.append(.init("unfinished", .bool(true))) }
        return Array("\(JSONValue.object(value).text)\n".utf8)
    }

    /// What is wrong with a file.
    struct Damage: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}

extension RegistryFile.Part {
    fileprivate init(_ value: JSONValue, of name: String) throws(RegistryFile.Damage) {
        switch value["secrets"] {
        case nil, .null: secrets = nil
        case .string(let text):
            guard let id = SecretsID(text), id.connection == name else {
                throw RegistryFile.Damage("'secrets' names no secrets of this connection")
            }
            secrets = id
        case .bool, .number, .array, .object: throw RegistryFile.Damage("'secrets' is no text")
        }
        guard let members = value["connection"].flatMap(ConnectionMembers.init(kept:)) else {
            throw RegistryFile.Damage("'connection' is no object")
        }
        self.members = members
    }

    fileprivate var object: [JSONValue.Member] {
        [.init("secrets", .optional(secrets?.description)), .init("connection", members.object)]
    }
}

extension ExpectedTokens {
    fileprivate init(stored value: JSONValue) throws(RegistryFile.Damage) {
        guard case .number(let text) = value["after"], let generation = Int(text) else {
            throw RegistryFile.Damage("'tokens' has no generation")
        }
        switch value["tenant"] {
        case nil, .null: self.init(tenant: nil, generation: generation)
        case .string(let tenant): self.init(tenant: tenant, generation: generation)
        case .bool, .number, .array, .object:
            throw RegistryFile.Damage("'tenant' of 'tokens' is no text")
        }
    }

    fileprivate var object: JSONValue {
        .object([.init("tenant", .optional(tenant)), .init("after", .number(String(generation)))])
    }
}
