internal import Config
internal import Credentials
internal import Crypto
internal import JSON
internal import OAuth
internal import Tokens

extension Registrar {
    /// A connection that was made or changed.
    struct Outcome {
        let connection: ConnectionConfiguration
        /// What is legal and probably not meant.
        let warnings: [String]
    }

    /// Makes a connection: tried with the provider, stored with its tokens, served.
    ///
    /// - Throws: 409 for a name that is taken, 422 for what cannot be meant and for what the provider
    ///   refuses; then nothing is stored.
    func create(_ draft: ConnectionDraft) async throws(APIError) -> Outcome {
        let name = try draft.requiredName()
        return try await alone(name) { () throws(APIError) in
            if let there = directory[name] { throw APIError(.taken(by: there.source), name) }
            guard !hasDamaged(name) else {
                throw APIError(
                    status: 409,
                    code: "name_taken",
                    message: "The entry of a connection '\(name)' is damaged; delete it first."
                )
            }
            // Null is no value (RFC 7396): nothing of it is kept.
            let members = ConnectionMembers.empty.merged(with: draft.members)
            let (connection, warnings) = try build(name, members)
            let attempt = try await attempt(draft, for: connection)
            let id = CredentialID(connection: name, tenant: draft.tenant)
            try await publish(connection, members, attempt, id)
            return Outcome(connection: connection, warnings: warnings)
        }
    }

    /// Changes a connection that was made here: tried, stored, served.
    ///
    /// - Throws: as `create` does; what was there before stays.
    func change(
        _ name: String,
        by draft: ConnectionDraft
    ) async throws(APIError) -> Outcome {
        guard draft.name == nil || draft.name == name else {
            throw .unprocessable("'name' cannot be changed.")
        }
        return try await alone(name) { () throws(APIError) in
            let old = try made(name)
            guard let members = try await stored(name) else {
                throw APIError(.unknown, name)
            }
            let change = try ConnectionChange(old, members, draft.members, name, policy)
            var attempt: Attempt?
            if change.changesCalls || change.moves || draft.refreshToken != nil {
                attempt = try await self.attempt(draft, for: change.connection, isNew: false)
            }
            try await publish(change, attempt, CredentialID(connection: name, tenant: draft.tenant))
            return Outcome(connection: change.connection, warnings: change.warnings)
        }
    }

    /// Removes a connection that was made here, with everything that is stored of it; the provider
    /// is told as far as that can be.
    func delete(_ name: String) async throws(APIError) {
        try await alone(name) { () throws(APIError) in
            // From here on a restart ends what is begun.
            try await storing { () throws(StoreError) in try await registry.mark(name) }
            if let entry = directory[name], entry.source == .api {
                try await changing(name) { () throws(ConnectionDirectory.Refusal) in
                    try await operations.remove(name)
                }
                do throws(APIError) {
                    try await asking { () throws(CredentialRefusal) in
                        try await operations.forget(entry.connection)
                    }
                } catch {
                    // It must still be found when the call is repeated.
                    try? await operations.insert(entry.connection)
                    throw error
                }
            }
            try await storing { () throws(StoreError) in try await registry.remove(name) }
            mended(name)
        }
    }

    /// The configuration of a connection that was made here.
    ///
    /// - Throws: 404; 409 for one of the file.
    func made(_ name: String) throws(APIError) -> ConnectionConfiguration {
        guard let entry = directory[name] else { throw APIError(.unknown, name) }
        guard entry.source == .api else { throw APIError(.definedInFile, name) }
        return entry.connection
    }

    private func stored(_ name: String) async throws(APIError) -> ConnectionMembers? {
        do throws(StoreError) {
            return try await registry.members(of: name)
        } catch {
            throw APIError(error)
        }
    }

    private func build(
        _ name: String,
        _ members: ConnectionMembers
    ) throws(APIError) -> (ConnectionConfiguration, [String]) {
        do throws(ConfigErrors) {
            let built = try ConnectionConfiguration.build(name, of: members, over: policy)
            return (built.connection, built.warnings.map(\.memberMessage))
        } catch {
            throw .unprocessable(error)
        }
    }

    /// The tokens of a connection that is to be; `nil` where a person has to connect it first.
    private func attempt(
        _ draft: ConnectionDraft,
        for connection: ConnectionConfiguration,
        isNew: Bool = true
    ) async throws(APIError) -> Attempt? {
        switch connection.grant {
        case .clientCredentials, .jwtBearer, .password, .none:
            guard draft.refreshToken == nil else {
                let grant = connection.grant.rawValue
                throw .unprocessable("'refresh_token' has no effect with grant \(grant).")
            }
            if connection.grant == .none { return nil }
        case .refreshToken:
            guard draft.refreshToken != nil || !isNew else {
                throw .unprocessable("'refresh_token' is needed with grant refresh_token.")
            }
            if draft.refreshToken == nil { return nil }
        case .authorizationCode:
            if draft.refreshToken == nil { return nil }
        }
        return try await asking { () throws(CredentialRefusal) in
            try await operations.attempt(
                connection,
                tenant: draft.tenant,
                refreshToken: draft.refreshToken
            )
        }
    }

    /// Stores and serves a new connection; undone if that fails.
    private func publish(
        _ connection: ConnectionConfiguration,
        _ members: ConnectionMembers,
        _ attempt: Attempt?,
        _ id: CredentialID
    ) async throws(APIError) {
        let name = connection.name
        try await storing { () throws(StoreError) in try await registry.mark(name) }
        do throws(APIError) {
            // Tokens of a connection that once had this name must not go to another provider.
            try await asking { () throws(CredentialRefusal) in
                try await operations.forget(connection: name)
            }
            try await changing(name) { () throws(ConnectionDirectory.Refusal) in
                try await operations.insert(connection)
            }
            if let attempt {
                try await asking { () throws(CredentialRefusal) in
                    _ = try await operations.keep(attempt, for: id)
                }
            }
            try await storing { () throws(StoreError) in
                try await registry.store(members, as: name)
            }
        } catch {
            await undo(name)
            throw error
        }
    }

    /// Stores and serves a changed connection; undone if that fails.
    private func publish(
        _ change: ConnectionChange,
        _ attempt: Attempt?,
        _ id: CredentialID
    ) async throws(APIError) {
        if change.moves {
            try await asking { () throws(CredentialRefusal) in
                try await operations.disown(before: change.connection)
            }
        }
        try await changing(id.connection) { () throws(ConnectionDirectory.Refusal) in
            try await operations.replace(change.connection)
        }
        do throws(APIError) {
            try await storing { () throws(StoreError) in
                try await registry.store(change.members, as: id.connection)
            }
        } catch {
            do throws(ConnectionDirectory.Refusal) {
                try await operations.replace(change.old)
            } catch {
                couldNotUndo(id.connection, "\(error)")
            }
            throw error
        }
        guard let attempt else { return }
        try await asking { () throws(CredentialRefusal) in
            _ = try await operations.keep(attempt, for: id)
        }
    }

    /// Removes what was stored and served of a connection that could not be made wholly.
    private func undo(_ name: String) async {
        do {
            try? await operations.remove(name)
            try await operations.forget(connection: name)
            try await registry.remove(name)
        } catch {
            couldNotUndo(name, "\(error)")
        }
    }

    // MARK: Errors of the parts as answers

    private func asking<Answer>(
        _ body: () async throws(CredentialRefusal) -> Answer
    ) async throws(APIError) -> Answer {
        do throws(CredentialRefusal) {
            return try await body()
        } catch {
            throw APIError(error)
        }
    }

    private func storing<Answer>(
        _ body: () async throws(StoreError) -> Answer
    ) async throws(APIError) -> Answer {
        do throws(StoreError) {
            return try await body()
        } catch {
            throw APIError(error)
        }
    }

    private func changing(
        _ name: String,
        _ body: () async throws(ConnectionDirectory.Refusal) -> Void
    ) async throws(APIError) {
        do throws(ConnectionDirectory.Refusal) {
            try await body()
        } catch {
            throw APIError(error, name)
        }
    }
}
