import Crypto

/// The stored form of a credential: the only place where its secrets become plain text.
///
/// For the vault alone, which seals what this encodes to. Members that this version does not know
/// are passed over; a record of a later version is refused rather than read by half.
package struct CredentialRecord: Codable {
    /// The version that `init(_:)` writes.
    package static let version = 1

    private var version: Int
    private var accessToken: String?
    private var tokenType: String?
    private var obtainedAt: Double?
    private var expiresAt: Double?
    private var lifetime: Double?
    private var refreshToken: String?
    private var refreshExpiresAt: Double?
    private var scopes: String?
    private var fields: [String: String]?
    private var connector: ConnectorRecord?
    private var generation: Int
    private var status: String
    private var lastError: Fault?
    private var intent: Call?
    private var seed: Seed?
    private var seedConsumed: Bool?
    private var withdrawals: [Owed]?

    /// A stored `CredentialFault`.
    private struct Fault: Codable {
        var code: String
        var message: String
        var at: Double
    }

    /// A stored `Intent`.
    private struct Call: Codable {
        var startedAt: Double

        enum CodingKeys: String, CodingKey {
            case startedAt = "started_at"
        }
    }

    /// A stored `SeedFingerprint`.
    private struct Seed: Codable {
        var client: String
        /// Absent in what older versions wrote.
        var request: String?
        var refreshToken: String?

        enum CodingKeys: String, CodingKey {
            case client
            case request
            case refreshToken = "refresh_token"
        }
    }

    /// A stored `Withdrawal`.
    private struct Owed: Codable {
        var refreshToken: String?
        var accessToken: String?
        var fields: [String: String]?
        var parameters: [String: String]?
        var since: Double

        enum CodingKeys: String, CodingKey {
            case refreshToken = "refresh_token"
            case accessToken = "access_token"
            case fields
            case parameters
            case since
        }
    }

    private enum CodingKeys: String, CodingKey {
        case version
        case accessToken = "access_token"
        case tokenType = "token_type"
        case obtainedAt = "obtained_at"
        case expiresAt = "expires_at"
        case lifetime
        case refreshToken = "refresh_token"
        case refreshExpiresAt = "refresh_expires_at"
        case scopes
        case fields
        case connector
        case generation
        case status
        case lastError = "last_error"
        case intent
        case seed
        case seedConsumed = "seed_consumed"
        case withdrawals
    }

    /// Takes down a credential, secrets in plain text.
    package init(_ credential: Credential) {
        version = CredentialRecord.version
        accessToken = credential.accessToken?.reveal()
        tokenType = credential.tokenType
        obtainedAt = credential.obtainedAt?.seconds
        expiresAt = credential.expiresAt?.seconds
        lifetime = credential.lifetime
        refreshToken = credential.refreshToken?.reveal()
        refreshExpiresAt = credential.refreshExpiresAt?.seconds
        scopes = credential.scopes
        fields = credential.fields.isEmpty ? nil : credential.fields
        connector = credential.connector.map(ConnectorRecord.init)
        generation = credential.generation
        status = credential.status.rawValue
        lastError = credential.lastError.map {
            Fault(code: $0.code, message: $0.message, at: $0.at.seconds)
        }
        intent = credential.intent.map {
            Call(startedAt: $0.startedAt.seconds)
        }
        seed = credential.seed.map {
            Seed(client: $0.client, request: $0.request, refreshToken: $0.refreshToken)
        }
        seedConsumed = credential.seedConsumed ? true : nil
        let owed = credential.withdrawals.map {
            Owed(
                refreshToken: $0.refreshToken?.reveal(),
                accessToken: $0.accessToken?.reveal(),
                fields: $0.fields.isEmpty ? nil : $0.fields,
                parameters: $0.parameters,
                since: $0.since.seconds
            )
        }
        withdrawals = owed.isEmpty ? nil : owed
    }

    /// The credential that was taken down.
    ///
    /// - Throws: `StoreError.newerVersion` for a record of a later version, `.damaged` for one
    ///   whose values this version never wrote.
    package func credential() throws(StoreError) -> Credential {
        guard version <= CredentialRecord.version else {
            throw .newerVersion(record: "credential", version: version)
        }
        guard version >= 1, generation >= 0, let status = CredentialStatus(rawValue: status) else {
            throw .damaged(record: "credential", reason: "unknown version, status or generation")
        }
        var credential = Credential()
        credential.accessToken = accessToken.map { Secret($0) }
        credential.tokenType = tokenType
        credential.obtainedAt = obtainedAt.map(WallTime.init(seconds:))
        credential.expiresAt = expiresAt.map(WallTime.init(seconds:))
        credential.lifetime = lifetime
        credential.refreshToken = refreshToken.map { Secret($0) }
        credential.refreshExpiresAt = refreshExpiresAt.map(WallTime.init(seconds:))
        credential.scopes = scopes
        credential.fields = fields ?? [:]
        credential.connector = connector?.state
        credential.generation = generation
        credential.status = status
        credential.lastError = lastError.map {
            CredentialFault(code: $0.code, message: $0.message, at: WallTime(seconds: $0.at))
        }
        credential.intent = intent.map {
            Intent(startedAt: WallTime(seconds: $0.startedAt))
        }
        credential.seed = seed.map {
            SeedFingerprint(
                client: $0.client,
                request: $0.request,
                refreshToken: $0.refreshToken
            )
        }
        credential.seedConsumed = seedConsumed ?? false
        credential.withdrawals = (withdrawals ?? []).map {
            Withdrawal(
                refreshToken: $0.refreshToken.map { Secret($0) },
                accessToken: $0.accessToken.map { Secret($0) },
                fields: $0.fields ?? [:],
                parameters: $0.parameters,
                since: WallTime(seconds: $0.since)
            )
        }
        return credential
    }
}
