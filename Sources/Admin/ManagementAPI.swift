package import Config
internal import Connect
internal import Credentials
package import HTTP
package import Log
internal import OAuth
internal import Tokens
internal import JSON

/// The admin listener's answers: health checks, and what people do with credentials.
///
/// It knows no sockets: whoever has a request gets a response.
package struct ManagementAPI: Sendable {
    /// The most bytes of a tenant's name.
    private static let tenantBytesMax = 256

    private let credentials: any CredentialOperations
    private let offers: (any ConnectionOffers)?
    private let token: AdminToken
    private let connection: @Sendable (String) -> ConnectionConfiguration?
    private let isReady: @Sendable () async -> Bool
    private let logger: Logger

    /// Makes the API of some credentials, whose callers must show the token.
    ///
    /// `offers` invites people to connect, where connect pages are served; `connection` answers the connection of a name, as it is configured at that moment; `isReady`
    /// whether the vault is open and the proxy not about to stop.
    package init(
        _ credentials: any CredentialOperations,
        offers: (any ConnectionOffers)? = nil,
        token: AdminToken,
        connection: @escaping @Sendable (String) -> ConnectionConfiguration?,
        isReady: @escaping @Sendable () async -> Bool,
        logger: Logger = .silent
    ) {
        self.credentials = credentials
        self.offers = offers
        self.token = token
        self.connection = connection
        self.isReady = isReady
        self.logger = logger
    }

    /// Answers a request that came to an address where these hosts are answered; `nil` for any.
    package func answer(_ request: Request, hosts: [String]?) async -> Response {
        let checks = RequestGuard(request: request)
        let id = checks.requestID
        var response: Response
        do throws(APIError) {
            try checks.checkHost(hosts)
            try checks.checkSite()
            response = try await answer(request, checks, id)
        } catch {
            response = error.response(requestID: id)
        }
        return Self.finished(response, requestID: id)
    }

    /// Answers what is no request.
    package static func refusal(status: Int, message: String) -> Response {
        let code =
            switch status {
            case 408: "request_timeout"
            case 413, 414, 431: "too_large"
            default: "bad_request"
            }
        let id = RequestGuard(request: Request(method: "", target: "")).requestID
        let error = APIError(status: status, code: code, message: message)
        return finished(error.response(requestID: id), requestID: id)
    }

    private static func finished(_ response: Response, requestID: String) -> Response {
        var response = response
        response.fields.append("Cache-Control", "no-store")
        response.fields.append("X-Content-Type-Options", "nosniff")
        response.fields.append("X-Request-Id", requestID)
        return response
    }

    private func answer(
        _ request: Request,
        _ checks: RequestGuard,
        _ requestID: String
    ) async throws(APIError) -> Response {
        let path = request.path
        let endpoint = Endpoint(path: path)
        // Without the token nobody learns which paths there are.
        if path.hasPrefix("/api/") { try checks.checkToken(token) }
        guard let endpoint else { throw .noSuchPath }
        guard endpoint.has(request.method) else { throw .method(allowed: endpoint.allowed) }
        switch endpoint {
        case .health: return .word(200, "ok")
        case .readiness:
            return await isReady() ? .word(200, "ready") : .word(503, "not ready")
        case .connections: return try await list(request)
        case .connection(let name): return try await show(name, request)
        case .refresh(let name): return try await refresh(name, request, requestID)
        case .authorize(let name): return try authorize(name, request, requestID)
        case .credentials(let name): return try await importTokens(name, request, requestID)
        }
    }

    // MARK: Calls

    private func list(_ request: Request) async throws(APIError) -> Response {
        let page = try ConnectionPage(request)
        let (states, next) = try await asking { () throws(CredentialRefusal) in
            try await credentials.states(
                tenant: page.tenant,
                state: page.state,
                limit: page.limit,
                after: page.cursor
            )
        }
        return .json(
            200,
            .object([
                .init("connections", .array(states.compactMap(view).map(\.json))),
                .init("next_cursor", .optional(next)),
            ])
        )
    }

    private func show(_ name: String, _ request: Request) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let id = try id(name, query["tenant"], nil)
        return .json(
            200,
            try shown(
                try await asking { () throws(CredentialRefusal) in
                    try await credentials.state(of: id)
                }
            )
        )
    }

    private func refresh(
        _ name: String,
        _ request: Request,
        _ requestID: String
    ) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let body = try BodyReader(request, known: ["tenant"], mayBeEmpty: true)
        let id = try id(name, query["tenant"], try body.text("tenant"))
        note("refresh asked for by the admin API", id, requestID)
        let state = try await asking { () throws(CredentialRefusal) in
            try await credentials.refresh(id)
        }
        return .json(
            200,
            .object([.init("ok", .bool(true)), .init("connection", try shown(state))])
        )
    }

    private func authorize(
        _ name: String,
        _ request: Request,
        _ requestID: String
    ) throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let known = ["tenant", "return_url", "parameters"]
        let body = try BodyReader(request, known: known, mayBeEmpty: true)
        let id = try id(name, query["tenant"], try body.text("tenant"))
        let returnURL = try body.text("return_url")
        let parameters = try body.texts("parameters")
        guard let offers else { throw APIError(offer: .configuration(APIError.noConnectPages)) }
        note("connecting asked for by the admin API", id, requestID)
        do throws(OfferRefusal) {
            let offer = try offers.offer(
                connection: id.connection,
                tenant: id.tenant,
                returnURL: returnURL,
                parameters: parameters
            )
            return .json(
                201,
                .object([
                    .init("authorization_url", .string(offer.url)),
                    .init("connect_url", .string(offer.url)),
                    .init("expires_at", .string(HTTPDate.rfc3339(offer.expiresAt.seconds))),
                ])
            )
        } catch {
            throw APIError(offer: error)
        }
    }

    private func importTokens(
        _ name: String,
        _ request: Request,
        _ requestID: String
    ) async throws(APIError) -> Response {
        let query = try QueryReader(request, known: ["tenant"])
        let body = try BodyReader(
            request,
            known: ["tenant", "refresh_token", "access_token", "expires_at", "parameters"],
            mayBeEmpty: false
        )
        let id = try id(name, query["tenant"], try body.text("tenant"))
        let refreshToken = try body.token("refresh_token")
        let accessToken = try body.token("access_token")
        let expiresAt = try body.time("expires_at")
        let parameters = try body.texts("parameters")
        guard refreshToken != nil || accessToken != nil else {
            throw .unprocessable("'refresh_token' or 'access_token' is needed.")
        }
        note("import asked for by the admin API", id, requestID)
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

    // MARK: Parts of calls

    /// The credential that a call is about.
    private func id(
        _ name: String,
        _ inQuery: String?,
        _ inBody: String?
    ) throws(APIError) -> CredentialID {
        guard connection(name) != nil else { throw APIError(.unknownConnection(name)) }
        if let inQuery, let inBody, inQuery != inBody {
            throw .badRequest("The query and the body name different tenants.")
        }
        let tenant = inQuery ?? inBody
        if let tenant, !(1...Self.tenantBytesMax).contains(tenant.utf8.count) {
            throw .badRequest("A tenant has 1 to \(Self.tenantBytesMax) bytes.")
        }
        return CredentialID(connection: name, tenant: tenant)
    }

    private func view(_ state: CredentialState) -> ConnectionView? {
        connection(state.id.connection).map { ConnectionView(state: state, configuration: $0) }
    }

    private func shown(_ state: CredentialState) throws(APIError) -> JSONValue {
        guard let view = view(state) else {
            throw APIError(.unknownConnection(state.id.connection))
        }
        return view.json
    }

    private func asking<Answer>(
        _ body: () async throws(CredentialRefusal) -> Answer
    ) async throws(APIError) -> Answer {
        do throws(CredentialRefusal) {
            return try await body()
        } catch {
            throw APIError(error)
        }
    }

    private func note(_ message: String, _ id: CredentialID, _ requestID: String) {
        logger.log(.info, message, ["connection": id.connection, "request_id": requestID])
    }
}
