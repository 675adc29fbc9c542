package import Config
package import Credentials
internal import Crypto
package import Log
internal import OAuth
internal import Registry
internal import Synchronization
internal import Tokens

/// Makes, changes and removes connections: registry, directory and tokens, each change in an order
/// that a crash at any moment leaves whole or undone.
///
/// While a name is changed its lock is held, which the kernel frees when the process dies: so what
/// others have under way is told from what a crash cut off.
package final class Registrar: Sendable {
    let operations: any ConnectionOperations
    let registry: any ConnectionKeeping
    package let directory: ConnectionDirectory
    /// The rules of refreshing that hold where a connection says nothing.
    let policy: TokenPolicy
    private let logger: Logger
    /// Names whose entries cannot be read; no connection may be made under them.
    private let damaged = Mutex<Set<String>>([])

    /// Puts the parts together; `load` reads what there is.
    package init(
        _ operations: any ConnectionOperations,
        registry: any ConnectionKeeping,
        directory: ConnectionDirectory,
        policy: TokenPolicy,
        logger: Logger
    ) {
        self.operations = operations
        self.registry = registry
        self.directory = directory
        self.policy = policy
        self.logger = logger
    }

    /// Adds the connections that were made before, and ends what was cut off.
    ///
    /// One that cannot be read harms no other; one whose name the file has stays hidden.
    package func load() async {
        let content: RegistryContent
        do throws(StoreError) {
            content = try await registry.load()
        } catch {
            logger.log(
                .error,
                "the connections made by the API cannot be read",
                ["reason": error.description]
            )
            return
        }
        let entries = content.entries.sorted { $0.key < $1.key }
        for case (let name, .settled(let members)) in entries { await add(name, members) }
        for (name, entry) in entries { await settleAlone(name, entry) }
        for (name, reason) in content.problems.sorted(by: { $0.key < $1.key }) {
            isDamaged(name, reason)
        }
    }

    /// Ends what a crash cut off, unless another process is at it.
    private func settleAlone(_ name: String, _ entry: RegistryEntry) async {
        if case .settled = entry { return }
        do throws(APIError) {
            // Whoever had the lock may have ended it meanwhile.
            try await alone(name) { () throws(APIError) in
                if let entry = try await self.entry(of: name) { await settle(name, entry) }
            }
        } catch  where error.code == APIError.busyCode {
            logger.log(.info, "another process is changing a connection", ["connection": name])
            if let members = entry.members { await add(name, members) }
        } catch {
            guard let members = entry.members else { return isDamaged(name, error.message) }
            isUnfinished(name, error.message)
            await add(name, members)
        }
    }

    /// Serves what there is of a connection, and ends what a crash cut off: what brought tokens that
    /// are stored is done, the rest is undone.
    func settle(_ name: String, _ entry: RegistryEntry) async {
        switch entry {
        case .settled(let members): await add(name, members)
        case .deleting(let members): await clearAway(name, members)
        case .making(let next):
            switch await brought(next, name) {
            case true?: await finish(name, next)
            case false?: await clearAway(name, next)
            case nil: isDamaged(name, "nobody knows whether its tokens were stored")
            }
        case .changing(let members, let next):
            let isNew = ConnectionChange.changesClient(from: members, to: next, name, policy)
            guard isNew, let wasDone = await brought(next, name) else {
                return await add(name, members)
            }
            guard !wasDone else { return await finish(name, next) }
            try? await registry.discard(name)
            await add(name, members)
        }
    }

    /// Whether something is stored that a connection brought; `nil` if nobody knows.
    private func brought(_ members: ConnectionMembers, _ name: String) async -> Bool? {
        // What is stored under a name of the file belongs to the file's connection.
        guard directory[name]?.source != .file,
            let built = try? ConnectionConfiguration.build(name, of: members, over: policy)
        else { return false }
        return try? await operations.hasStored(under: built.connection)
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

    private func add(_ name: String, _ members: ConnectionMembers) async {
        let connection: ConnectionConfiguration
        do throws(ConfigErrors) {
            connection = try ConnectionConfiguration.build(name, of: members, over: policy)
                .connection
        } catch {
            isDamaged(name, APIError.unprocessable(error).message)
            return
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

    private func isDamaged(_ name: String, _ reason: String) {
        damaged.withLock { _ = $0.insert(name) }
        logger.log(
            .error,
            "a connection made by the API cannot be used",
            ["connection": name, "reason": reason]
        )
    }

    /// Ends the making or deleting of a connection that a crash cut off.
    private func clearAway(_ name: String, _ members: ConnectionMembers) async {
        do {
            // What is stored under a name of the file belongs to the file's connection.
            if directory[name] == nil {
                let built = try? ConnectionConfiguration.build(name, of: members, over: policy)
                if let built {
                    try await operations.forget(built.connection)
                } else {
                    try await operations.forget(connection: name)
                }
            }
            try await registry.remove(name)
            logger.log(.info, "an unfinished change was cleared away", ["connection": name])
        } catch {
            isDamaged(name, "\(error)")
        }
    }

    /// Does something while nothing else changes the connection of that name, in any process.
    ///
    /// - Throws: 409 while something does.
    func alone<Result>(
        _ name: String,
        _ body: () async throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        guard try await storing({ () throws(StoreError) in try await registry.lock(name) }) else {
            throw APIError(
                status: 409,
                code: APIError.busyCode,
                message: "Another change of the connection '\(name)' is under way."
            )
        }
        defer { registry.unlock(name) }
        return try await body()
    }

    /// All that the registry has of a connection.
    func entry(of name: String) async throws(APIError) -> RegistryEntry? {
        try await storing { () throws(StoreError) in try await registry.entry(of: name) }
    }

    func storing<Answer>(
        _ body: () async throws(StoreError) -> Answer
    ) async throws(APIError) -> Answer {
        do throws(StoreError) {
            return try await body()
        } catch {
            throw APIError(error)
        }
    }

    /// Whether there is an entry of that name that cannot be read.
    func hasDamaged(_ name: String) -> Bool { damaged.withLock { $0.contains(name) } }

    /// Notes that an entry which could not be read is gone.
    func mended(_ name: String) { damaged.withLock { _ = $0.remove(name) } }

    /// Notes that a change whose tokens are stored is served, and that a restart will finish it.
    func isUnfinished(_ name: String, _ reason: String) {
        logger.log(
            .warn,
            "a change is stored, and will be finished at the next start",
            ["connection": name, "reason": reason]
        )
    }

    /// Notes that something which had to be undone could not be; a restart will do it.
    func couldNotUndo(_ name: String, _ reason: String) {
        logger.log(
            .error,
            "a refused change cannot be undone before a restart",
            ["connection": name, "reason": reason]
        )
    }
}
