package import Config
package import Credentials
internal import Crypto

/// All that people may see of a credential: no token, secret or refresh token.
package struct CredentialState: Sendable, Equatable {
    package let id: CredentialID
    package let state: ConnectionState
    /// When the access token ends; `nil` if nobody said, or there is none.
    package let expiresAt: WallTime?
    /// When the access token was asked for.
    package let lastRefreshAt: WallTime?
    /// When a request last used the token, up to a second late; `nil`: not since the start.
    package let lastUsedAt: WallTime?
    package let refreshExpiresAt: WallTime?
    package let scopesRequested: [String]
    /// The granted scopes; `nil` if the provider never said.
    package let scopesGranted: [String]?
    package let scopeDifference: ScopeDifference
    package let generation: Int
    /// The kept fields; those that are not known to be harmless are masked.
    package let fields: [String: String]
    /// The first 16 hexadecimal digits of the access token's SHA-256.
    package let tokenFingerprint: String?
    /// What is being retried, or what a person has to mend.
    package let lastError: CredentialFault?

    /// Tells what a machine knows at a moment; `fault` is one that is none of the machine's.
    package init(
        _ machine: FlightMachine,
        of connection: ConnectionConfiguration,
        lastUsedAt: WallTime?,
        fault: CredentialFault? = nil
    ) {
        let credential = machine.credential
        id = machine.id
        // A connection without a grant needs nothing to work.
        state = connection.grant == .none ? .connected : machine.state()
        expiresAt = credential.expiresAt
        lastRefreshAt = credential.obtainedAt
        self.lastUsedAt = lastUsedAt
        refreshExpiresAt = credential.refreshExpiresAt
        scopesRequested = connection.scopes
        scopesGranted = credential.scopes.map { $0.split(separator: " ").map(String.init) }
        scopeDifference = ScopeDifference(of: credential, for: connection)
        generation = credential.generation
        fields = Dictionary(
            uniqueKeysWithValues: credential.fields.map { name, value in
                (name, PlainValue.mayShow(kept: name, value) ? value : PlainValue.mask)
            }
        )
        tokenFingerprint = credential.accessToken.map {
            String(Hex.encode(SHA256.digest($0)).prefix(16))
        }
        lastError = machine.lastError ?? fault
    }
}

/// Why a person's wish about a credential was not fulfilled; what was stored stays.
package enum CredentialRefusal: Error, Sendable, Equatable {
    case unknownConnection(String)
    /// It will not work as asked: the provider said so, or the configuration does not allow it.
    case refused(code: String, message: String)
    /// It may work later: the provider or the vault cannot be reached.
    case unavailable(code: String, message: String)
    case timedOut
}

extension CredentialRefusal: CustomStringConvertible {
    /// The code that the admin API shows.
    package var code: String {
        switch self {
        case .unknownConnection: "not_found"
        case .refused(let code, _), .unavailable(let code, _): code
        case .timedOut: "timeout"
        }
    }

    /// What happened, in words, without secrets.
    package var description: String {
        switch self {
        case .unknownConnection(let name): "there is no connection \(name)"
        case .refused(_, let message), .unavailable(_, let message): message
        case .timedOut: "it took too long"
        }
    }
}
