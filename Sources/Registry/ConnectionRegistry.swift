package import Config
package import Credentials
internal import Crypto
package import IO
internal import JSON
package import Vault

/// Keeps the connections that are made through the admin API: what may lie open in a folder of small
/// files, their secrets sealed in the vault, each pointing at the other.
///
/// A change is made wholly or not at all, whatever dies when: an entry is marked before anything of
/// it is written and before anything of it is removed, a new revision of secrets is written before
/// the entry that points at it, and the old one is removed after that. The disk's threads do the work.
package final class ConnectionRegistry: Sendable {
    private let folder: EntryFolder
    private let secrets: any SecretStore
    private let disk: BlockingPool

    /// Makes the registry of a folder, which the first change makes if there is none.
    package init(
        folder: EntryFolder,
        secrets: any SecretStore,
        disk: BlockingPool = BlockingPool(name: "registry", threadsMax: 1)
    ) {
        self.folder = folder
        self.secrets = secrets
        self.disk = disk
    }

    /// Reads all entries, and removes secrets that no entry points at.
    ///
    /// - Throws: what hinders reading the folder at all; a damaged entry harms no other.
    package func load() async throws(StoreError) -> RegistryContent {
        try await onDisk { () throws(StoreError) in
            var content = RegistryContent()
            guard try self.folder.exists() else {
                self.sort(try self.secrets.listSecrets(), of: [], into: &content)
                return content
            }
            do throws(StoreError) {
                return try self.folder.locked { () throws(StoreError) in try self.loadNow() }
            } catch .readOnly {
                // Nobody can change it, so nobody need be kept out.
                return try self.loadNow()
            }
        }
    }

    /// All of a connection, its secrets too; `nil` for one that there is not.
    package func members(of name: String) async throws(StoreError) -> ConnectionMembers? {
        try await perform { (registry) throws(StoreError) in
            guard let file = try registry.file(of: name), !file.isUnfinished else { return nil }
            return try registry.whole(file)
        }
    }

    /// Marks an entry: until it is stored or removed, a restart clears away whatever there is of it.
    package func mark(_ name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            let old = try? registry.file(of: name)
            let file = (old ?? RegistryFile(name: name)).unfinished
            try registry.folder.write(file.bytes, as: name)
        }
    }

    /// Stores a connection; durable on return.
    ///
    /// - Throws: why not; what was stored before is still there then.
    package func store(_ members: ConnectionMembers, as name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            try registry.storeNow(members, as: name)
        }
    }

    /// Removes a connection's entry and all of its secrets, even where they are damaged.
    package func remove(_ name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            for id in try registry.secrets.listSecrets() where id.connection == name {
                try registry.secrets.deleteSecrets(id)
            }
            try registry.folder.remove(name)
        }
    }

    private func perform<Value: Sendable>(
        _ work: @escaping @Sendable (ConnectionRegistry) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await onDisk { () throws(StoreError) in
            try self.folder.prepare()
            return try self.folder.locked { () throws(StoreError) in try work(self) }
        }
    }

    private func onDisk<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError>
        do throws(IOError) {
            result = try await disk.run { Result { () throws(StoreError) in try work() } }
        } catch {
            throw .unreachable(reason: "too much is waiting for the disk")
        }
        return try result.get()
    }

    // MARK: On the disk's threads, under the lock

    private func loadNow() throws(StoreError) -> RegistryContent {
        folder.clearAway()
        var content = RegistryContent()
        var inUse: Set<SecretsID> = []
        let names = try folder.names()
        for name in names {
            do throws(StoreError) {
                guard let file = try file(of: name) else { continue }
                if let id = file.secrets { inUse.insert(id) }
                if file.isUnfinished {
                    content.unfinished[name] = (try? whole(file)) ?? .empty
                } else {
                    content.entries[name] = try whole(file)
                }
            } catch {
                content.problems[name] = error.description
            }
        }
        let unused = try secrets.listSecrets().filter { !inUse.contains($0) }
        sort(unused, of: names, into: &content)
        return content
    }

    /// Removes secrets that no entry points at, where a crash explains them.
    private func sort(
        _ unused: [SecretsID],
        of names: [String],
        into content: inout RegistryContent
    ) {
        for id in unused where content.problems[id.connection] == nil {
            if names.contains(id.connection) {
                // A disk that cannot be written to keeps them until the next start.
                try? secrets.deleteSecrets(id)
            } else {
                // No crash leaves secrets without an entry: somebody took the entry away.
                content.problems[id.connection] =
                    "the vault has its secrets, but \(folder.path(of: id.connection)) is missing"
            }
        }
    }

    private func file(of name: String) throws(StoreError) -> RegistryFile? {
        guard let bytes = try folder.read(name) else { return nil }
        do throws(RegistryFile.Damage) {
            return try RegistryFile(bytes, of: name)
        } catch {
            throw .damaged(record: folder.path(of: name), reason: error.reason)
        }
    }

    /// The members of an entry with those that are sealed.
    private func whole(_ file: RegistryFile) throws(StoreError) -> ConnectionMembers {
        guard let id = file.secrets else { return file.members }
        guard let sealed = try secrets.secrets(id) else {
            let reason = "the vault has no secrets \(id), which it points at"
            throw .damaged(record: folder.path(of: file.name), reason: reason)
        }
        let value = sealed.withBytes { bytes in
            JSONValue(json: bytes.indices.map { bytes[$0] })
        }
        guard let value, value["connection"] == .string(file.name),
            let members = value["secrets"].flatMap(ConnectionMembers.init(kept:))
        else {
            let reason = "the secrets \(id) are not this connection's"
            throw .damaged(record: folder.path(of: file.name), reason: reason)
        }
        return file.members.merged(with: members)
    }

    private func storeNow(_ members: ConnectionMembers, as name: String) throws(StoreError) {
        let old = try? file(of: name)
        let parts = members.parted
        var id: SecretsID?
        if !parts.secret.isEmpty {
            let new = SecretsID(newRevisionOf: name)
            let value = JSONValue.object([
                .init("connection", .string(name)), .init("secrets", parts.secret.object),
            ])
            try secrets.storeSecrets(Secret(value.text), as: new)
            id = new
        }
        let file = RegistryFile(name: name, secrets: id, members: parts.open)
        // After a failure nobody knows which entry a loss of power leaves: both revisions of the
        // secrets stay. What no entry points at is removed at the next start.
        try folder.write(file.bytes, as: name)
        if let replaced = old?.secrets { try? secrets.deleteSecrets(replaced) }
    }
}

/// What a registry holds.
package struct RegistryContent: Sendable {
    /// The connections by name, secrets included.
    package var entries: [String: ConnectionMembers] = [:]
    /// Connections whose making or deleting was cut off, with what is known of them.
    package var unfinished: [String: ConnectionMembers] = [:]
    /// What cannot be read, by the connection's name; the rest works.
    package var problems: [String: String] = [:]

    /// Nothing at all.
    package init() {}
}
