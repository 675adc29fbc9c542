package import Config
package import Credentials
package import Crypto
internal import HTTP

/// The provider's endpoints as they are for one account: what the file says, then what the server
/// says of itself.
package struct Endpoints: Sendable {
    package let values: TemplateValues
    /// `nil` where the configuration names no issuer.
    package let metadata: ServerMetadata?

    /// Puts together what is known.
    package init(_ values: TemplateValues, metadata: ServerMetadata? = nil) {
        self.values = values
        self.metadata = metadata
    }

    package var connection: ConnectionConfiguration { values.connection }

    /// The issuer's name, to be compared as text (RFC 9207 section 2.4).
    package var issuer: String? { connection.issuer?.text }

    /// Whether an authorization response without `iss` is to be refused (RFC 9207 section 2.4).
    package var promisesIssuer: Bool { metadata?.promisesIssuer ?? false }

    /// Where an endpoint is; `nil` if neither the file nor the server names one.
    ///
    /// - Throws: `TokenRequestError.endpoint`, `.metadata`.
    package func destination(
        of endpoint: ConnectionConfiguration.Endpoint
    ) throws(TokenRequestError) -> Destination? {
        do throws(TemplateError) {
            if let found = try connection.endpoint(endpoint, lookup: { values[$0] }) {
                return found
            }
        } catch {
            throw .endpoint(error)
        }
        do throws(MetadataError) {
            return try metadata?.destination(of: endpoint, for: connection)
        } catch {
            throw .metadata(error)
        }
    }

    /// Whom signed statements are meant for (RFC 7523 section 3): the issuer where it is known, else
    /// the token endpoint, else where the call goes.
    func audience(calling destination: Destination) throws(TokenRequestError) -> String {
        if let issuer { return issuer }
        return try self.destination(of: .token)?.uri.text ?? destination.uri.text
    }
}

/// The keys that a connection's calls are signed with.
package struct SigningKeys: Sendable {
    /// Of `client_auth private_key_jwt`.
    package var client: SigningKey?
    /// Of `assertion`.
    package var assertion: SigningKey?

    /// Starts with no key.
    package init() {}
}
