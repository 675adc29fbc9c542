internal import Config
internal import Credentials
internal import Crypto
internal import JSON
internal import OAuth
internal import Registry
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
            try checkFree(name)
            // Another process may have made it, or have died over that.
            if let there = try await entry(of: name) {
                await settle(name, there)
                try checkFree(name)
            }
            // Null is no value (RFC 7396): nothing of it is kept.
            let members = ConnectionMembers.empty.merged(with: draft.members)
            let (connection, warnings) = try build(name, members)
            let id = CredentialID(connection: name, tenant: draft.tenant)
            try checkOwnMembers(of: draft, for: connection)
            // Tokens of a connection that once had this name must not go to another provider.
            try await asking { () throws(CredentialRefusal) in
                try await operations.forget(connection: name)
            }
            // From here on a restart ends what is begun; where this cannot be written, nothing is
            // spent on trying the connection.
            try await stage(members, as: name)
            let isTried: Bool
            do throws(APIError) {
                isTried = try await serve(connection, draft, id)
            } catch {
                await undo(name)
                throw error
            }
            do throws(APIError) {
                try await storing { () throws(StoreError) in try await registry.commit(name) }
            } catch {
                // What the provider gave may be all that works now, and it is stored.
                guard isTried else {
                    await undo(name)
                    throw error
                }
                isUnfinished(name, error.message)
            }
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
            _ = try made(name)
            let members = try await stored(name)
            // What another process stored counts, and not what is known here.
            let (old, _) = try build(name, members)
            let change = try ConnectionChange(old, members, draft.members, name, policy)
            try checkOwnMembers(of: draft, for: change.connection, isNew: false)
            try await stage(change.members, as: name)
            let id = CredentialID(connection: name, tenant: draft.tenant)
            let isTried: Bool
            do throws(APIError) {
                isTried = try await serve(change, draft, id)
            } catch {
                try? await registry.discard(name)
                throw error
            }
            do throws(APIError) {
                try await storing { () throws(StoreError) in try await registry.commit(name) }
            } catch {
                guard isTried, change.changesClient else {
                    await putBack(change.old)
                    try? await registry.discard(name)
                    throw error
                }
                isUnfinished(name, error.message)
            }
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

    /// Refuses a name that there is a connection of, or that one cannot be read of.
    private func checkFree(_ name: String) throws(APIError) {
        if let there = directory[name] { throw APIError(.taken(by: there.source), name) }
        guard !hasDamaged(name) else {
            throw APIError(
                status: 409,
                code: "name_taken",
                message: "The entry of a connection '\(name)' is damaged; delete it first."
            )
        }
    }

    /// What holds of a connection, in whatever process it was said.
    private func stored(_ name: String) async throws(APIError) -> ConnectionMembers {
        var there = try await entry(of: name)
        switch there {
        case .settled?, .deleting?, nil: break
        case .making(let next)?, .changing(_, let next)?:
            // The last change was cut off.
            await settle(name, there ?? .making(next))
            there = try await entry(of: name)
        }
        guard let members = there?.members else { throw APIError(.unknown, name) }
        return members
    }

    private func stage(_ members: ConnectionMembers, as name: String) async throws(APIError) {
        do throws(StoreError) {
            try await registry.stage(members, as: name)
        } catch {
            try? await registry.discard(name)
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

    /// Refuses what has no effect with a grant, and the lack of a refresh token that is needed.
    private func checkOwnMembers(
        of draft: ConnectionDraft,
        for connection: ConnectionConfiguration,
        isNew: Bool = true
    ) throws(APIError) {
        let grant = connection.grant
        guard draft.returnURL == nil || grant == .authorizationCode else {
            throw .unprocessable("'return_url' has no effect with grant \(grant.rawValue).")
        }
        switch grant {
        case .clientCredentials, .jwtBearer, .password, .none:
            guard draft.refreshToken == nil else {
                throw .unprocessable("'refresh_token' has no effect with grant \(grant.rawValue).")
            }
        case .refreshToken:
            guard draft.refreshToken != nil || !isNew else {
                throw .unprocessable("'refresh_token' is needed with grant refresh_token.")
            }
        case .authorizationCode: break
        }
    }

    /// The tokens of a connection that is to be; `nil` where a person has to connect it first.
    private func attempt(
        _ draft: ConnectionDraft,
        for connection: ConnectionConfiguration
    ) async throws(APIError) -> Attempt? {
        switch connection.grant {
        case .clientCredentials, .jwtBearer, .password: break
        case .refreshToken, .authorizationCode: if draft.refreshToken == nil { return nil }
        case .none: return nil
        }
        return try await asking { () throws(CredentialRefusal) in
            try await operations.attempt(
                connection,
                tenant: draft.tenant,
                refreshToken: draft.refreshToken
            )
        }
    }

    /// Tries and serves a new connection, its tokens stored; says whether there are any.
    private func serve(
        _ connection: ConnectionConfiguration,
        _ draft: ConnectionDraft,
        _ id: CredentialID
    ) async throws(APIError) -> Bool {
        let attempt = try await attempt(draft, for: connection)
        try await changing(connection.name) { () throws(ConnectionDirectory.Refusal) in
            try await operations.insert(connection)
        }
        return try await keep(attempt, for: id)
    }

    /// Tries and serves a changed connection, its new tokens stored; says whether there are any.
    private func serve(
        _ change: ConnectionChange,
        _ draft: ConnectionDraft,
        _ id: CredentialID
    ) async throws(APIError) -> Bool {
        var attempt: Attempt?
        if change.changesCalls || change.moves || draft.refreshToken != nil {
            attempt = try await self.attempt(draft, for: change.connection)
        }
        if change.moves {
            try await asking { () throws(CredentialRefusal) in
                let spared = attempt == nil ? nil : id
                try await operations.disown(before: change.connection, sparing: spared)
            }
        }
        try await changing(id.connection) { () throws(ConnectionDirectory.Refusal) in
            try await operations.replace(change.connection)
        }
        do throws(APIError) {
            return try await keep(attempt, for: id)
        } catch {
            await putBack(change.old)
            throw error
        }
    }

    private func keep(
        _ attempt: Attempt?,
        for id: CredentialID
    ) async throws(APIError) -> Bool {
        guard let attempt else { return false }
        try await asking { () throws(CredentialRefusal) in
            _ = try await operations.keep(attempt, for: id)
        }
        return true
    }

    /// Serves a connection again as it was before a change that failed.
    private func putBack(_ old: ConnectionConfiguration) async {
        do throws(ConnectionDirectory.Refusal) {
            try await operations.replace(old)
        } catch {
            couldNotUndo(old.name, "\(error)")
        }
    }

    /// Removes what was stored and served of a connection that could not be made wholly.
    private func undo(_ name: String) async {
        do {
            try? await operations.remove(name)
            // What is stored under a name of the file belongs to the file's connection.
            if directory[name] == nil { try await operations.forget(connection: name) }
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
