internal import Config
internal import Credentials
internal import HTTP

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
    /// What the configuration of this moment says about an errand.
    func makePlan(for errand: Errand) throws(PlanProblem) -> FlowPlan {
        guard let connection = connection(errand.credential.connection) else {
            throw .unknownConnection
        }
        guard connection.grant == .authorizationCode else { throw .wrongGrant }
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
    func plan(for errand: Errand) throws(ConnectFault) -> FlowPlan {
        do throws(PlanProblem) {
            return try makePlan(for: errand)
        } catch {
            switch error {
            case .unknownConnection, .wrongGrant: throw .gone
            case .incomplete(let reason): throw .configuration(reason)
            }
        }
    }

    /// A new flow; `nil` only when OpenSSL has no memory.
    func flow(for errand: Errand, _ plan: FlowPlan) -> Flow? {
        FlowState(now: now(), envelope).map {
            Flow(
                errand,
                state: $0,
                redirectURI: plan.redirectURI,
                endpoints: plan.endpoints,
                pkce: plan.connection.pkce
            )
        }
    }
}
