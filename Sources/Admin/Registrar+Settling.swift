internal import Config
internal import Credentials
internal import Log
internal import OAuth
internal import Registry
internal import Tokens

/// Ending what a crash cut off, or a disk that failed.
extension Registrar {
    /// Ends what a crash cut off, unless another process is at it.
    func settleAlone(_ name: String, _ entry: RegistryEntry) async {
        if case .settled = entry { return }
        do throws(APIError) {
            // Whoever had the lock may have ended it meanwhile.
            try await alone(name) { () throws(APIError) in
                if let entry = try await self.entry(of: name) { try await settle(name, entry) }
            }
        } catch  where error.code == APIError.busyCode {
            logger.log(.info, "another process is changing a connection", ["connection": name])
            if let members = entry.members { await add(name, members) }
        } catch {
            guard case .changing(let members, let next, let expected) = entry,
                expected == nil || !separatesTokens(members, next, name)
            else { return isDamaged(name, error.message) }
            isUnfinished(name, error.message)
            await add(name, members)
        }
    }

    /// Serves what there is of a connection, and ends what a crash cut off: what brought tokens that
    /// are stored is done, the rest is undone.
    ///
    /// - Throws: why nobody knows whether it did, or why it cannot be ended; then everything stays as
    ///   it is, and what tokens might be used under that they were not had for is not served.
    func settle(_ name: String, _ entry: RegistryEntry) async throws(APIError) {
        switch entry {
        case .settled(let members): await add(name, members)
        case .deleting(let members): try await clearAway(name, members)
        case .making(let next, let expected):
            if try await isBrought(next, expected, name) {
                await finish(name, next)
            } else {
                try await clearAway(name, next)
            }
        case .changing(let members, let next, let expected):
            if separatesTokens(members, next, name), try await isBrought(next, expected, name) {
                try await disown(from: members, to: next, expected, name)
                await finish(name, next)
            } else {
                await add(name, members)
                do throws(StoreError) {
                    try await registry.discard(name)
                } catch {
                    couldNotUndo(name, error.description)
                }
            }
        }
        mended(name)
    }

    /// Whether the tokens are stored that a change was to bring.
    ///
    /// - Throws: why nobody knows.
    private func isBrought(
        _ next: ConnectionMembers,
        _ expected: ExpectedTokens?,
        _ name: String
    ) async throws(APIError) -> Bool {
        // What is stored under a name of the file belongs to the file's connection; and what was cut
        // off before it was written wholly was not tried.
        guard let expected, next != .empty, directory[name]?.source != .file else { return false }
        let (connection, _) = try build(name, next)
        return try await asking { () throws(CredentialRefusal) in
            try await operations.hasStored(
                of: CredentialID(connection: name, tenant: expected.tenant),
                after: expected.generation,
                under: connection
            )
        }
    }

    /// Whether tokens of one state of a connection must not be used under the other; one that cannot
    /// be built is not known to be the same.
    private func separatesTokens(
        _ one: ConnectionMembers,
        _ other: ConnectionMembers,
        _ name: String
    ) -> Bool {
        guard let (one, _) = try? build(name, one), let (other, _) = try? build(name, other) else {
            return true
        }
        return ConnectionChange.separatesTokens(one, other)
    }

    /// Removes the tokens of all other accounts where a change sends them elsewhere.
    private func disown(
        from old: ConnectionMembers,
        to next: ConnectionMembers,
        _ expected: ExpectedTokens?,
        _ name: String
    ) async throws(APIError) {
        let (connection, _) = try build(name, next)
        if let (old, _) = try? build(name, old),
            !ConnectionChange.moves(from: SecretPlaces(old), to: SecretPlaces(connection))
        {
            return
        }
        let kept = expected.map { CredentialID(connection: name, tenant: $0.tenant) }
        try await asking { () throws(CredentialRefusal) in
            try await operations.disown(before: connection, except: kept)
        }
    }

    /// Serves what was stored with its tokens, and notes that it is there.
    private func finish(_ name: String, _ members: ConnectionMembers) async {
        do throws(StoreError) {
            try await registry.commit(name)
        } catch {
            isUnfinished(name, error.description)
        }
        await add(name, members)
    }

    /// Serves a connection as its entry has it.
    func add(_ name: String, _ members: ConnectionMembers) async {
        let connection: ConnectionConfiguration
        do throws(APIError) {
            (connection, _) = try build(name, members)
        } catch {
            return isDamaged(name, error.message)
        }
        do throws(ConnectionDirectory.Refusal) {
            if directory[name]?.source == .api {
                try await operations.replace(connection)
            } else {
                try await operations.insert(connection)
            }
        } catch {
            logger.log(
                .warn,
                "the configuration file hides a connection made by the API",
                ["connection": name]
            )
        }
    }

    /// Ends the making or deleting of a connection that a crash cut off.
    private func clearAway(_ name: String, _ members: ConnectionMembers) async throws(APIError) {
        try await forgetTokens(of: name, members)
        try await storing { () throws(StoreError) in try await registry.remove(name) }
        logger.log(.info, "an unfinished change was cleared away", ["connection": name])
    }

    /// Removes everything that is stored of a connection which is not served; `members`: what its
    /// provider can be told with.
    func forgetTokens(of name: String, _ members: ConnectionMembers?) async throws(APIError) {
        // What is stored under a name of the file belongs to the file's connection.
        guard directory[name] == nil else { return }
        try await asking { () throws(CredentialRefusal) in
            if let members, let (connection, _) = try? build(name, members) {
                try await operations.forget(connection)
            } else {
                try await operations.forget(connection: name)
            }
        }
    }
}
