internal import Config
internal import Credentials
internal import HTTP
internal import OAuth
internal import Tokens

/// Where a person is sent for an errand, and where the code will go.
struct FlowPlan {
    let connection: ConnectionConfiguration
    let authorizeURI: URI
    let endpoints: FlowEndpoints
    let redirectURI: String
}

extension ConnectPages {
    /// What the configuration of this moment says about an errand, and the provider of itself.
    ///
    /// `state`: that of a flow which begins or ends; there is none when only the page is shown.
    func plan(
        for errand: Errand,
        state: FlowState? = nil
    ) async throws(ConnectFault) -> FlowPlan {
        guard let written = connection(errand.credential.connection),
            written.grant == .authorizationCode
        else { throw .gone }
        let connection: ConnectionConfiguration
        let endpoints: Endpoints
        do throws(CredentialRefusal) {
            connection = try await credentials.configured(
                values(of: errand, for: written),
                redirectURI: redirectURI(written),
                state: state?.text
            )
            endpoints = try await credentials.endpoints(for: values(of: errand, for: connection))
        } catch {
            throw ConnectFault(error)
        }
        do throws(PlanProblem) {
            guard let authorizeURI = try Self.authorizeURI(endpoints) else {
                throw .noEndpoint("authorize_uri")
            }
            guard let tokenURI = try Self.tokenURI(endpoints) else {
                throw .noEndpoint("token_uri")
            }
            return FlowPlan(
                connection: connection,
                authorizeURI: authorizeURI,
                endpoints: FlowEndpoints(
                    issuer: endpoints.issuer,
                    promisesIssuer: endpoints.promisesIssuer,
                    tokenURI: tokenURI,
                    clientID: try Self.clientID(connection)
                ),
                redirectURI: redirectURI(connection)
            )
        } catch {
            throw .configuration(error.description)
        }
    }

    /// A new flow.
    func flow(
        for errand: Errand,
        _ endpoints: FlowEndpoints,
        of connection: ConnectionConfiguration,
        state: FlowState
    ) -> Flow {
        Flow(
            errand,
            state: state,
            redirectURI: redirectURI(connection),
            endpoints: endpoints,
            pkce: connection.pkce
        )
    }

    /// What templates may ask for before there is a token.
    func values(of errand: Errand, for connection: ConnectionConfiguration) -> TemplateValues {
        TemplateValues(
            connection,
            tenant: errand.credential.tenant,
            fields: errand.parameters
        )
    }

    private func redirectURI(_ connection: ConnectionConfiguration) -> String {
        connection.redirectURI?.text ?? settings.url(ConnectPath.callbackPath)
    }

    static func clientID(_ connection: ConnectionConfiguration) throws(PlanProblem) -> String {
        guard let id = connection.clientID else { throw .noEndpoint("client_id") }
        return id
    }

    static func authorizeURI(_ endpoints: Endpoints) throws(PlanProblem) -> URI? {
        do throws(TokenRequestError) {
            return try endpoints.destination(of: .authorize)?.uri
        } catch {
            throw .unusable("authorize_uri", error)
        }
    }

    /// Where the code will go; as it is written, where only the provider's answer tells all of it.
    static func tokenURI(_ endpoints: Endpoints) throws(PlanProblem) -> String? {
        do throws(TokenRequestError) {
            return try endpoints.destination(of: .token)?.uri.text
        } catch .endpoint(.missing(let field))
            where endpoints.connection.callbackKeep.contains(field)
        {
            return endpoints.connection.tokenURI?.source
        } catch {
            throw .unusable("token_uri", error)
        }
    }
}

/// What the configuration lacks for a person to connect.
enum PlanProblem: Error {
    case noEndpoint(String)
    case unusable(String, TokenRequestError)
}

extension PlanProblem: CustomStringConvertible {
    /// A sentence without a full stop.
    var description: String {
        switch self {
        case .noEndpoint(let directive): "the connection has no '\(directive)'"
        case .unusable(let directive, .endpoint(let error)):
            "the '\(directive)' cannot be made: \(error)"
        case .unusable(_, .metadata(let error)): "the issuer's metadata cannot be used: \(error)"
        case .unusable(let directive, _): "the '\(directive)' cannot be used"
        }
    }
}
