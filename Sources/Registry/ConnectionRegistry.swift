package import Config
package import Credentials
internal import Crypto
package import IO
internal import JSON
internal import Synchronization
package import Vault

/// Keeps the connections that are made through the admin API: what may lie open in a folder of small
/// files, their secrets sealed in the vault, each pointing at the other.
///
/// A change is made wholly or not at all, whatever dies when: what is to come is stored beside what
/// holds before anything else is done, and takes its place in one step. No secrets are stored before
/// an entry points at them, and none are removed that one points at. The disk's threads do the work.
package final class ConnectionRegistry: Sendable {
    private let folder: EntryFolder
    private let secrets: any SecretStore
    private let disk: BlockingPool
    private let held = Mutex<[String: EntryLock]>([:])

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

    /// Takes the lock of a name, which is held from before a change is staged to its end; false while
    /// another process, or this one, has it.
    package func lock(_ name: String) async throws(StoreError) -> Bool {
        let folder = folder
        let lock = try await onDisk { () throws(StoreError) in
            try folder.prepare()
            return try folder.tryLock(name)
        }
        guard let lock else { return false }
        held.withLock { $0[name] = lock }
        return true
    }

    /// Gives the lock of a name back.
    package func unlock(_ name: String) {
        held.withLock { $0.removeValue(forKey: name) }?.free()
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

    /// Whether there is an entry of that name, readable or not.
    package func has(_ name: String) async throws(StoreError) -> Bool {
        try await onDisk { () throws(StoreError) in
            guard try self.folder.exists() else { return false }
            // Any text may be asked for: it is no path.
            return try self.folder.names().contains(name)
        }
    }

    /// All of a connection, its secrets too; `nil` for one that there is not.
    ///
    /// - Throws: what hinders reading any part of it.
    package func entry(of name: String) async throws(StoreError) -> RegistryEntry? {
        try await perform { (registry) throws(StoreError) in
            guard let file = try registry.file(of: name) else { return nil }
            return try registry.entry(file)
        }
    }

    /// Stores what a connection is to become; durable on return.
    ///
    /// What it is holds on, and one that is not there yet is not there. `expected`: whose tokens are
    /// to come with it.
    package func stage(
        _ members: ConnectionMembers,
        bringing expected: ExpectedTokens?,
        as name: String
    ) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            try registry.stageNow(members, bringing: expected, as: name)
        }
    }

    /// Has that hold which was staged; durable on return.
    ///
    /// - Throws: why it does not; where only its durability is in doubt, it holds.
    package func commit(_ name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            guard let file = try registry.file(of: name), let next = file.next else { return }
            let new = RegistryFile(name: name, current: next)
            do throws(StoreError) {
                try registry.write(new, inPlaceOf: file)
            } catch {
                // After the renaming everybody reads the new one, the next start too.
                guard let there = try? registry.folder.read(name), there == new.bytes else {
                    throw error
                }
            }
        }
    }

    /// Forgets what was staged; durable on return.
    package func discard(_ name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            guard let file = try registry.file(of: name), file.next != nil else { return }
            guard !file.isUnfinished else { return try registry.removeNow(name) }
            try registry.write(RegistryFile(name: name, current: file.current), inPlaceOf: file)
        }
    }

    /// Marks an entry that is to be removed: a restart goes on with that.
    package func mark(_ name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            let old = try? registry.file(of: name)
            // In the middle of a change nobody knows what its tokens were had with.
            let current = old?.next == nil ? old?.current : nil
            let file = RegistryFile(name: name, current: current ?? .nothing, isUnfinished: true)
            try registry.folder.write(file.bytes, as: name)
        }
    }

    /// Removes a connection's entry and all of its secrets, even where they are damaged.
    package func remove(_ name: String) async throws(StoreError) {
        try await perform { (registry) throws(StoreError) in
            try registry.removeNow(name)
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
                inUse.formUnion(file.secrets)
                content.entries[name] = try entry(file)
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

    /// What an entry says.
    private func entry(_ file: RegistryFile) throws(StoreError) -> RegistryEntry {
        let next: ConnectionMembers? =
            if let part = file.next { try unfinished(part, of: file.name) } else { nil }
        switch (next, file.isUnfinished) {
        case (let next?, true): return .making(next, bringing: file.expected)
        case (nil, true): return .deleting(try unfinished(file.current, of: file.name))
        case (let next?, false):
            let members = try whole(file.current, of: file.name)
            return .changing(members, next: next, bringing: file.expected)
        case (nil, false): return .settled(try whole(file.current, of: file.name))
        }
    }

    /// The members of a part that comes or goes.
    ///
    /// A crash may have left it without its secrets, and then there is nothing of it; what cannot be
    /// read for any other reason is not taken for that.
    private func unfinished(
        _ part: RegistryFile.Part,
        of name: String
    ) throws(StoreError) -> ConnectionMembers {
        guard let id = part.secrets else { return part.members }
        guard let sealed = try secrets.secrets(id) else { return .empty }
        return try whole(part, sealed, id, of: name)
    }

    /// The members of an entry's part with those that are sealed.
    private func whole(
        _ part: RegistryFile.Part,
        of name: String
    ) throws(StoreError) -> ConnectionMembers {
        guard let id = part.secrets else { return part.members }
        guard let sealed = try secrets.secrets(id) else {
            let reason = "the vault has no secrets \(id), which it points at"
            throw .damaged(record: folder.path(of: name), reason: reason)
        }
        return try whole(part, sealed, id, of: name)
    }

    private func whole(
        _ part: RegistryFile.Part,
        _ sealed: Secret,
        _ id: SecretsID,
        of name: String
    ) throws(StoreError) -> ConnectionMembers {
        let value = sealed.withBytes { bytes in
            JSONValue(json: bytes.indices.map { bytes[$0] })
        }
        guard let value, value["connection"] == .string(name),
            let members = value["secrets"].flatMap(ConnectionMembers.init(kept:))
        else {
            let reason = "the secrets \(id) are not this connection's"
            throw .damaged(record: folder.path(of: name), reason: reason)
        }
        return part.members.merged(with: members)
    }

    private func stageNow(
        _ members: ConnectionMembers,
        bringing expected: ExpectedTokens?,
        as name: String
    ) throws(StoreError) {
        let old = try file(of: name)
        let parts = members.parted
        let id = parts.secret.isEmpty ? nil : SecretsID(newRevisionOf: name)
        let file = RegistryFile(
            name: name,
            current: old?.current ?? .nothing,
            next: RegistryFile.Part(secrets: id, members: parts.open),
            expected: expected,
            isUnfinished: old?.isUnfinished ?? true
        )
        // What a crash leaves here says that it is unfinished.
        try write(file, inPlaceOf: old)
        guard let id else { return }
        let value = JSONValue.object([
            .init("connection", .string(name)), .init("secrets", parts.secret.object),
        ])
        try secrets.storeSecrets(Secret(value.text), as: id)
    }

    /// Writes an entry, and removes the secrets that it no longer points at.
    private func write(
        _ file: RegistryFile,
        inPlaceOf old: RegistryFile?
    ) throws(StoreError) {
        // After a failure nobody knows which entry a loss of power leaves: all revisions of the
        // secrets stay. What no entry points at is removed at the next start.
        try folder.write(file.bytes, as: file.name)
        for replaced in old?.secrets ?? [] where !file.secrets.contains(replaced) {
            try? secrets.deleteSecrets(replaced)
        }
    }

    private func removeNow(_ name: String) throws(StoreError) {
        for id in try secrets.listSecrets() where id.connection == name {
            try secrets.deleteSecrets(id)
        }
        try folder.remove(name)
    }
}
