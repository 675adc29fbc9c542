internal import Time
internal import Config
internal import Crypto
internal import IO
internal import OAuth

/// The keys that calls are signed with, read once from their files.
actor KeyCache: LoopActor {
    /// What tells one key from another.
    private struct Name: Hashable {
        let source: PEMSource
        let algorithm: SigningAlgorithm
    }

    private static let keysMax = 1024

    nonisolated let loop: EventLoop
    private let disk: BlockingPool
    private let patience: Patience
    private var keys: [Name: SigningKey] = [:]

    init(on loop: EventLoop, disk: BlockingPool, patience: Patience) {
        self.loop = loop
        self.disk = disk
        self.patience = patience
    }

    /// The keys of a connection.
    ///
    /// - Throws: `Unprepared` with what to mend.
    func keys(
        of connection: ConnectionConfiguration,
        until deadline: Instant
    ) async throws(Unprepared) -> SigningKeys {
        var found = SigningKeys()
        if case .privateKeyJWT(let jwt) = connection.clientAuthentication {
            found.client = try await key(jwt.key, jwt.algorithm, until: deadline)
        }
        if case .jwtBearer = connection.grant, let assertion = connection.assertion {
            found.assertion = try await key(assertion.key, assertion.algorithm, until: deadline)
        }
        return found
    }

    /// Forgets all keys, so that changed files count.
    func forget() { keys = [:] }

    private func key(
        _ pem: PEM,
        _ algorithm: SigningAlgorithm,
        until deadline: Instant
    ) async throws(Unprepared) -> SigningKey {
        let name = Name(source: pem.source, algorithm: algorithm)
        if let known = keys[name] { return known }
        let disk = disk
        let read = await patience.wait(until: deadline) {
            try? await disk.run {
                Result { () throws(SigningKeyError) in try pem.signingKey(for: algorithm) }
            }
        }
        switch read {
        case .success(let key)??:
            if keys.count >= Self.keysMax { keys = [:] }
            keys[name] = key
            return key
        case .failure(let error)??:
            throw Unprepared(code: "configuration", message: error.description, mayPass: false)
        case .some(nil), nil:
            throw Unprepared(code: "timeout", message: "a key takes long to read", mayPass: true)
        }
    }
}
