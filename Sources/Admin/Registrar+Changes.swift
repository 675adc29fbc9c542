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
                try await settle(name, there)
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
            let tries = mayTry(draft, connection)
            try await bringing(tries ? id : nil) { (expected) throws(APIError) in
                // From here on a restart ends what is begun; where this cannot be written, nothing is
                // spent on trying the connection.
                try await stage(members, bringing: expected, as: name)
                do throws(APIError) {
                    try await serve(connection, draft, tries ? id : nil)
                } catch {
                    await undo(name)
                    throw error
                }
                do throws(APIError) {
                    try await storing { () throws(StoreError) in try await registry.commit(name) }
                } catch {
                    // What the provider gave may be all that works now, and it is stored.
                    guard tries else {
                        await undo(name)
                        throw error
                    }
                    isUnfinished(name, error.message)
                }
            }
            return Outcome(connection: connection, warnings: warnings)
        }
    }

    /// Changes a connection that was made here: tried, stored, served; `id`: the account that the
    /// tokens are for which come of it.
    ///
    /// - Throws: as `create` does; then it is served on as it was. The tokens of its accounts stay too,
    ///   unless the vault fails in the middle of a move to other hosts: then some of them are gone.
    ///   Where not even what came of the change can be taken back, nothing is served any more, and a
    ///   restart finishes the change.
    func change(
        _ id: CredentialID,
        by draft: ConnectionDraft
    ) async throws(APIError) -> Outcome {
        let name = id.connection
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
            let asks = change.changesCalls || change.moves || draft.refreshToken != nil
            let tries = asks && mayTry(draft, change.connection)
            try await bringing(tries ? id : nil) { (expected) throws(APIError) in
                try await stage(change.members, bringing: expected, as: name)
                try await serve(change, draft, tries ? id : nil)
                do throws(APIError) {
                    try await storing { () throws(StoreError) in try await registry.commit(name) }
                } catch {
                    guard tries, change.separatesTokens else {
                        await putBack(change.old)
                        try? await registry.discard(name)
                        throw error
                    }
                    isUnfinished(name, error.message)
                }
            }
            return Outcome(connection: change.connection, warnings: change.warnings)
        }
    }

    /// Removes a connection that was made here, with everything that is stored of it; the provider
    /// is told as far as that can be.
    ///
    /// - Throws: what hinders it; then the call can be repeated.
    func delete(_ name: String) async throws(APIError) {
        try await alone(name) { () throws(APIError) in
            // What cannot be read is removed all the same.
            let last = (try? await entry(of: name))?.known
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
            } else {
                // An earlier call went so far.
                try await forgetTokens(of: name, last)
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
        case .making(let next, let expected)?:
            // The last change was cut off.
            try await settle(name, .making(next, bringing: expected))
            there = try await entry(of: name)
        case .changing(let members, let next, let expected)?:
            try await settle(name, .changing(members, next: next, bringing: expected))
            there = try await entry(of: name)
        }
        guard let members = there?.members else { throw APIError(.unknown, name) }
        return members
    }

    private func stage(
        _ members: ConnectionMembers,
        bringing expected: ExpectedTokens?,
        as name: String
    ) async throws(APIError) {
        do throws(StoreError) {
            try await registry.stage(members, bringing: expected, as: name)
        } catch {
            try? await registry.discard(name)
            throw APIError(error)
        }
    }

    /// What members make, and what is probably not meant of them.
    func build(
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

    /// Whether the tokens of a connection that is to be can be had now; else a person has to connect
    /// it first, or there are none.
    private func mayTry(_ draft: ConnectionDraft, _ connection: ConnectionConfiguration) -> Bool {
        switch connection.grant {
        case .clientCredentials, .jwtBearer, .password: true
        case .refreshToken, .authorizationCode: draft.refreshToken != nil
        case .none: false
        }
    }

    /// Does something while no refresh changes the account that tokens are to come of; `nil`: none.
    private func bringing(
        _ id: CredentialID?,
        _ body: (ExpectedTokens?) async throws(APIError) -> Void
    ) async throws(APIError) {
        guard let id else { return try await body(nil) }
        let generation = try await asking { () throws(CredentialRefusal) in
            try await operations.hold(id)
        }
        do throws(APIError) {
            try await body(ExpectedTokens(tenant: id.tenant, generation: generation))
        } catch {
            await operations.release(id)
            throw error
        }
        await operations.release(id)
    }

    /// The tokens of an account under a connection that is to be, stored before anything else is
    /// done: they may be all that works from now on.
    private func bring(
        _ id: CredentialID?,
        _ connection: ConnectionConfiguration,
        _ draft: ConnectionDraft,
        moves: Bool
    ) async throws(APIError) -> Attempt? {
        guard let id else { return nil }
        return try await asking { () throws(CredentialRefusal) in
            let attempt = try await operations.attempt(
                connection,
                tenant: id.tenant,
                refreshToken: draft.refreshToken
            )
            try await operations.keep(attempt, for: id, under: connection, moves: moves)
            return attempt
        }
    }

    /// Tries and serves a new connection, the tokens of an account stored; `nil`: there are none.
    private func serve(
        _ connection: ConnectionConfiguration,
        _ draft: ConnectionDraft,
        _ id: CredentialID?
    ) async throws(APIError) {
        let attempt = try await bring(id, connection, draft, moves: false)
        do throws(APIError) {
            try await changing(connection.name) { () throws(ConnectionDirectory.Refusal) in
                try await operations.insert(connection)
            }
        } catch {
            if let id, let attempt, let reason = await takeBack(attempt, id, connection) {
                couldNotUndo(connection.name, reason)
            }
            throw error
        }
    }

    /// Tries and serves a changed connection, the new tokens of an account stored; `nil`: there are
    /// none.
    ///
    /// Where that fails, it is as before, and nothing is staged any more.
    private func serve(
        _ change: ConnectionChange,
        _ draft: ConnectionDraft,
        _ id: CredentialID?
    ) async throws(APIError) {
        let next = change.connection
        var attempt: Attempt?
        do throws(APIError) {
            attempt = try await bring(id, next, draft, moves: change.moves)
            if change.moves {
                try await asking { () throws(CredentialRefusal) in
                    try await operations.disown(before: next, except: id)
                }
            }
            try await changing(next.name) { () throws(ConnectionDirectory.Refusal) in
                try await operations.replace(next)
            }
        } catch {
            if let id, let attempt, let reason = await takeBack(attempt, id, next) {
                // The old connection would send them to where they do not belong.
                try? await operations.remove(next.name)
                isDamaged(next.name, reason)
            } else {
                try? await registry.discard(next.name)
            }
            throw error
        }
    }

    /// Puts back what was stored before an attempt; why that is not possible.
    private func takeBack(
        _ attempt: Attempt,
        _ id: CredentialID,
        _ connection: ConnectionConfiguration
    ) async -> String? {
        do throws(CredentialRefusal) {
            try await operations.takeBack(attempt, of: id, from: connection)
            return nil
        } catch {
            return error.description
        }
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

    func asking<Answer>(
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
