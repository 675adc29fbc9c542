package import Config
package import Credentials
package import Crypto
internal import JSON
package import Registry
package import Tokens

/// What the admin API does with the connections that it makes.
package protocol ConnectionOperations: Sendable {
    /// Gets the tokens of a connection that need not be in use; nothing is stored.
    func attempt(
        _ connection: ConnectionConfiguration,
        tenant: String?,
        refreshToken: Secret?
    ) async throws(CredentialRefusal) -> Attempt

    /// Takes the lock of a credential, so that no refresh changes it; the generation that is stored,
    /// 0 for none.
    func hold(_ id: CredentialID) async throws(CredentialRefusal) -> Int

    /// Gives that lock back.
    func release(_ id: CredentialID) async

    /// Stores what an attempt brought for a credential that is held, to be used as soon as its
    /// connection is inserted or replaced; the provider is told to end what cannot be stored.
    func keep(
        _ attempt: Attempt,
        for id: CredentialID,
        under next: ConnectionConfiguration,
        moves: Bool
    ) async throws(CredentialRefusal)

    /// Puts back what was stored before `keep`, and tells the provider to end what it gave.
    func takeBack(
        _ attempt: Attempt,
        of id: CredentialID,
        from next: ConnectionConfiguration
    ) async throws(CredentialRefusal)

    /// Whether tokens of an account are stored that came after those of a generation, had with a
    /// connection's own client.
    func hasStored(
        of id: CredentialID,
        after generation: Int,
        under connection: ConnectionConfiguration
    ) async throws(CredentialRefusal) -> Bool

    /// Adds a connection; requests find it when this returns.
    func insert(
        _ connection: ConnectionConfiguration
    ) async throws(ConnectionDirectory.Refusal)

    /// Changes a connection; what is stored of it stays.
    func replace(
        _ connection: ConnectionConfiguration
    ) async throws(ConnectionDirectory.Refusal)

    /// Takes a connection away; what is stored of it stays.
    func remove(_ name: String) async throws(ConnectionDirectory.Refusal)

    /// Removes every token of a connection before another one takes its place that would send them
    /// elsewhere, and tells the provider; but for the account that has those of the other one.
    func disown(
        before next: ConnectionConfiguration,
        except kept: CredentialID?
    ) async throws(CredentialRefusal)

    /// Removes everything that is stored of a connection which was taken away, and tells its
    /// provider.
    func forget(_ connection: ConnectionConfiguration) async throws(CredentialRefusal)

    /// Removes everything that is stored under a connection's name.
    func forget(connection name: String) async throws(CredentialRefusal)
}

extension TokenService: ConnectionOperations {}

/// Keeps the connections that are made through the API.
package protocol ConnectionKeeping: Sendable {
    /// Takes the lock of a name, which is held from before a change is staged to its end; false while
    /// another process, or this one, has it.
    func lock(_ name: String) async throws(StoreError) -> Bool

    /// Gives the lock of a name back.
    func unlock(_ name: String)

    /// Reads all entries, and removes secrets that no entry points at.
    func load() async throws(StoreError) -> RegistryContent

    /// Whether there is an entry of that name, readable or not.
    func has(_ name: String) async throws(StoreError) -> Bool

    /// All of a connection, its secrets too; `nil` for one that there is not.
    func entry(of name: String) async throws(StoreError) -> RegistryEntry?

    /// Stores what a connection is to become beside what it is, and whose tokens come with that;
    /// durable on return.
    func stage(
        _ members: ConnectionMembers,
        bringing expected: ExpectedTokens?,
        as name: String
    ) async throws(StoreError)

    /// Has that hold which was staged; whatever it throws, nothing holds that did not before.
    func commit(_ name: String) async throws(StoreError)

    /// Forgets what was staged.
    func discard(_ name: String) async throws(StoreError)

    /// Marks an entry that is to be removed: a restart goes on with that.
    func mark(_ name: String) async throws(StoreError)

    /// Removes a connection's entry and all of its secrets.
    func remove(_ name: String) async throws(StoreError)
}

extension ConnectionRegistry: ConnectionKeeping {}
