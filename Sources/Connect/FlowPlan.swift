internal import Config
internal import Credentials
internal import HTTP
internal import Tokens

/// Where a person is sent for an errand, and where the code will go.
struct FlowPlan {
    let connection: ConnectionConfiguration
    let authorizeURI: URI
    let endpoints: FlowEndpoints
    let redirectURI: String
}

/// Why a connection cannot be connected by a person.
enum PlanProblem: Error {
    case unknownConnection
    case wrongGrant
    case incomplete(String)
}

extension ConnectPages {
    /// The connection of an errand as it is written, sure to be one that a person connects.
    func written(for errand: Errand) throws(PlanProblem) -> ConnectionConfiguration {
        guard let connection = connection(errand.credential.connection) else {
            throw .unknownConnection
        }
        guard connection.grant == .authorizationCode else { throw .wrongGrant }
        return connection
    }

    /// What the configuration of this moment says about an errand.
    private func makePlan(
        for errand: Errand,
        state: FlowState?
    ) async throws(PlanProblem) -> FlowPlan {
        let written = try written(for: errand)
        let tenant = errand.credential.tenant
        let connection: ConnectionConfiguration
        do throws(CredentialRefusal) {
            connection = try await credentials.configured(
                TemplateValues(written, tenant: tenant, fields: errand.parameters),
                redirectURI: written.redirectURI?.text ?? settings.url(ConnectPath.callbackPath),
                state: state?.text
            )
        } catch {
            throw .incomplete("The connector does not configure it: \(error)")
        }
        return try makePlan(of: connection, for: errand)
    }

    /// What a connection says about an errand.
    func makePlan(
        of connection: ConnectionConfiguration,
        for errand: Errand
    ) throws(PlanProblem) -> FlowPlan {
        let tenant = errand.credential.tenant
        let values = TemplateValues(connection, tenant: tenant, fields: errand.parameters)
        let authorizeURI = try authorizeURI(values)
        let tokenURI = try tokenURI(values)
        guard let clientID = connection.clientID else {
            throw .incomplete("The connection has no 'client_id'")
        }
        return FlowPlan(
            connection: connection,
            authorizeURI: authorizeURI,
            endpoints: FlowEndpoints(
                issuer: connection.issuer?.text,
                tokenURI: tokenURI,
                clientID: clientID
            ),
            redirectURI: connection.redirectURI?.text ?? settings.url(ConnectPath.callbackPath)
        )
    }

    private func authorizeURI(_ values: TemplateValues) throws(PlanProblem) -> URI {
        do throws(TemplateError) {
            let found = try values.connection.endpoint(.authorize, lookup: { values[$0] })
            if let found { return found.uri }
        } catch {
            throw .incomplete("The 'authorize_uri' cannot be made: \(error)")
        }
        throw .incomplete("The connection has no 'authorize_uri'")
    }

    /// Where the code will go; as it is written, where only the provider's answer tells all of it.
    private func tokenURI(_ values: TemplateValues) throws(PlanProblem) -> String {
        do throws(TemplateError) {
            let found = try values.connection.endpoint(.token, lookup: { values[$0] })
            if let found { return found.uri.text }
        } catch .missing(let field) where values.connection.callbackKeep.contains(field) {
            return values.connection.tokenURI?.source ?? ""
        } catch {
            throw .incomplete("The 'token_uri' cannot be made: \(error)")
        }
        throw .incomplete("The connection has no 'token_uri'")
    }

    /// The same, its problems told to the person.
    func plan(
        for errand: Errand,
        state: FlowState? = nil
    ) async throws(ConnectFault) -> FlowPlan {
        do throws(PlanProblem) {
            return try await makePlan(for: errand, state: state)
        } catch {
            switch error {
            case .unknownConnection, .wrongGrant: throw .gone
            case .incomplete(let reason): throw .configuration(reason)
            }
        }
    }

    /// A new flow.
    func flow(for errand: Errand, _ plan: FlowPlan, state: FlowState) -> Flow {
        Flow(
            errand,
            state: state,
            redirectURI: plan.redirectURI,
            endpoints: plan.endpoints,
            pkce: plan.connection.pkce
        )
    }
}
