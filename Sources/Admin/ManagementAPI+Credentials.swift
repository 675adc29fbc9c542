internal import Connect
internal import Credentials
internal import HTTP
internal import JSON
internal import OAuth
internal import Tokens

/// What is done to the credentials of a connection.
extension ManagementAPI {
    func act(
        _ action: Endpoint.Action,
        _ name: String,
        _ request: Request,
        _ note: inout ChangeNote?
    ) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let body = try BodyReader(request, mayBeEmpty: action != .credentials)
            .expecting(action.members)
        let id = try id(name, query["tenant"], try body.text("tenant"))
        note?.tenant = id.tenant
        switch action {
        case .authorize: return try authorize(id, body)
        case .credentials: return try await importTokens(id, body)
        case .refresh:
            let state = try await asking { () throws(CredentialRefusal) in
                try await credentials.refresh(id)
            }
            return .json(200, .object(try done(state)))
        case .revoke:
            let state = try await asking { () throws(CredentialRefusal) in
                try await credentials.revoke(id)
            }
            return .json(200, try shown(state))
        case .test:
            let result = try await asking { () throws(CredentialRefusal) in
                try await credentials.test(id)
            }
            let message = JSONValue.Member("message", .string(result.message))
            return .json(200, .object(try done(result.state) + [message]))
        }
    }

    private func done(_ state: CredentialState) throws(APIError) -> [JSONValue.Member] {
        [.init("ok", .bool(true)), .init("connection", try shown(state))]
    }

    private func authorize(
        _ id: CredentialID,
        _ body: BodyReader
    ) throws(APIError) -> Response {
        let returnURL = try body.text("return_url")
        let parameters = try body.texts("parameters")
        guard let offers else { throw APIError(offer: .configuration(APIError.noConnectPages)) }
        let link: Offer
        do throws(OfferRefusal) {
            link = try offers.offer(
                connection: id.connection,
                tenant: id.tenant,
                returnURL: returnURL,
                parameters: parameters
            )
        } catch {
            throw APIError(offer: error)
        }
        return .json(
            201,
            .object([
                .init("authorization_url", .string(link.url)),
                .init("connect_url", .string(link.url)),
                .init("expires_at", .string(HTTPDate.rfc3339(link.expiresAt.seconds))),
            ])
        )
    }

    private func importTokens(
        _ id: CredentialID,
        _ body: BodyReader
    ) async throws(APIError) -> Response {
        let refreshToken = try body.token("refresh_token")
        let accessToken = try body.token("access_token")
        let expiresAt = try body.time("expires_at")
        let parameters = try body.texts("parameters")
        if let problem = TemplateValues.problem(of: parameters) { throw .badRequest(problem) }
        guard refreshToken != nil || accessToken != nil else {
            throw .unprocessable("'refresh_token' or 'access_token' is needed.")
        }
        let state = try await asking { () throws(CredentialRefusal) in
            try await credentials.importCredential(
                id,
                refreshToken: refreshToken,
                accessToken: accessToken,
                expiresAt: expiresAt,
                parameters: parameters
            )
        }
        return .json(200, try shown(state))
    }
}

extension Endpoint.Action {
    /// The members that a body may have.
    fileprivate var members: [String] {
        switch self {
        case .authorize: ["tenant", "return_url", "parameters"]
        case .credentials:
            ["tenant", "refresh_token", "access_token", "expires_at", "parameters"]
        case .refresh, .revoke, .test: ["tenant"]
        }
    }
}
