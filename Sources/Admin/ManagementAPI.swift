package import Config
internal import Credentials
package import HTTP
package import Log
internal import OAuth
internal import Tokens
internal import JSON

/// The admin listener's answers: health checks, and what people do with connections and credentials.
///
/// It knows no sockets: whoever has a request gets a response.
package struct ManagementAPI: Sendable {
    let credentials: any CredentialOperations
    let registrar: Registrar
    let offers: (any ConnectionOffers)?
    let configuration: @Sendable () -> Configuration
    private let token: AdminToken
    private let isReady: @Sendable () async -> Bool
    private let logger: Logger

    /// Makes the API of some credentials, whose callers must show the token.
    ///
    /// `offers` invites people to connect, where connect pages are served; `configuration` answers
    /// the file's configuration in force, for people to look at; `isReady` says whether the vault is open and the proxy not about to stop.
    package init(
        _ credentials: any CredentialOperations,
        registrar: Registrar,
        offers: (any ConnectionOffers)? = nil,
        configuration: @escaping @Sendable () -> Configuration,
        token: AdminToken,
        isReady: @escaping @Sendable () async -> Bool,
        logger: Logger = .silent
    ) {
        self.credentials = credentials
        self.registrar = registrar
        self.offers = offers
        self.configuration = configuration
        self.token = token
        self.isReady = isReady
        self.logger = logger
    }

    /// Every connection there is.
    var directory: ConnectionDirectory { registrar.directory }

    /// Answers a request that came to an address where these hosts are answered; `nil` for any.
    package func answer(_ request: Request, hosts: [String]?) async -> Response {
        let checks = RequestGuard(request: request)
        let id = checks.requestID
        let endpoint = Endpoint(path: request.path)
        var note = endpoint?.change(request.method)
        var response: Response
        var code: String?
        do throws(APIError) {
            try checks.checkHost(hosts)
            try checks.checkSite()
            // Without the token nobody learns which paths there are.
            if request.path.hasPrefix("/api/") { try checks.checkToken(token) }
            guard let endpoint else { throw .noSuchPath }
            guard endpoint.has(request.method) else { throw .method(allowed: endpoint.allowed) }
            response = try await answer(request, endpoint, &note)
        } catch {
            response = error.response(requestID: id)
            code = error.code
        }
        note?.write(to: logger, status: response.status, code: code, requestID: id)
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
        _ endpoint: Endpoint,
        _ note: inout ChangeNote?
    ) async throws(APIError) -> Response {
        switch endpoint {
        case .health: return .word(200, "ok")
        case .readiness:
            return await isReady() ? .word(200, "ready") : .word(503, "not ready")
        case .connections:
            if request.method == "POST" { return try await create(request, &note) }
            return try await list(request)
        case .connection(let name):
            switch request.method {
            case "PATCH": return try await change(name, request, &note)
            case "DELETE": return try await delete(name, request, &note)
            default: return try await show(name, request)
            }
        case .action(let action, let name):
            return try await act(action, name, request, &note)
        case .report(let report):
            _ = try QueryReader(request, known: [])
            return .json(200, self.report(report))
        }
    }
}
