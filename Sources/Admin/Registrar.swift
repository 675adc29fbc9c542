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
    let logger: Logger
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

    /// Whether the registry has something of a connection, readable or not.
    func has(_ name: String) async throws(APIError) -> Bool {
        if hasDamaged(name) { return true }
        return try await storing { () throws(StoreError) in try await registry.has(name) }
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

    /// Notes that an entry cannot be used, and why.
    func isDamaged(_ name: String, _ reason: String) {
        damaged.withLock { _ = $0.insert(name) }
        logger.log(
            .error,
            "a connection made by the API cannot be used",
            ["connection": name, "reason": reason]
        )
    }

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
