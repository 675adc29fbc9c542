internal import Connect
internal import JSON
internal import HTTP
internal import OAuth
internal import Tokens

/// Why a call of the admin API is refused: a status, a code for programs, a sentence for people.
struct APIError: Error, Equatable {
    let status: Int
    let code: String
    let message: String
    /// Header fields that belong to the status.
    var fields = Fields()

    static let misdirected = APIError(
        status: 421,
        code: "misdirected",
        message: "This host is not served here; see `hosts` of the admin listener."
    )
    static let crossSite = APIError(
        status: 403,
        code: "forbidden",
        message: "A browser's request from another site is not allowed here."
    )
    static let unauthorized = APIError(
        status: 401,
        code: "caller_unknown",
        message: "The admin token is needed: `Authorization: Bearer TOKEN`.",
        fields: ["WWW-Authenticate": "Bearer realm=\"attache\""]
    )
    static let noSuchPath = APIError(
        status: 404,
        code: "not_found",
        message: "There is nothing at this path."
    )
    static let notJSON = APIError(
        status: 415,
        code: "unsupported_media_type",
        message: "The body must be JSON: `Content-Type: application/json`."
    )

    /// A method that the path does not have; `allowed` are those that it has.
    static func method(allowed: String) -> APIError {
        APIError(
            status: 405,
            code: "method_refused",
            message: "This path has other methods only: \(allowed).",
            fields: ["Allow": allowed]
        )
    }

    /// A request that cannot be understood.
    static func badRequest(_ message: String) -> APIError {
        APIError(status: 400, code: "bad_request", message: message)
    }

    /// A request that is understood, and cannot be meant.
    static func unprocessable(_ message: String) -> APIError {
        APIError(status: 422, code: "bad_request", message: message)
    }

    /// What the token service's refusal means for the caller.
    init(_ refusal: CredentialRefusal) {
        let status =
            switch refusal {
            case .unknownConnection: 404
            case .refused: 422
            case .unavailable: 503
            case .timedOut: 504
            }
        self.init(
            status: status,
            code: refusal.code,
            message: refusal.description,
            fields: status == 503 ? ["Retry-After": "1"] : Fields()
        )
    }

    /// What is said where nobody can be invited.
    static let noConnectPages = "no listener has 'connect_pages on'"

    /// What the refusal of an invitation means for the caller.
    init(offer refusal: OfferRefusal) {
        let (status, code) =
            switch refusal {
            case .unknownConnection: (404, "not_found")
            case .returnURLNotAllowed, .badValue: (400, "bad_request")
            case .wrongGrant, .configuration: (422, "configuration")
            }
        self.init(status: status, code: code, message: refusal.description)
    }

    init(status: Int, code: String, message: String, fields: Fields = Fields()) {
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields
    }

    /// The answer, in the form that all our own errors have.
    func response(requestID: String) -> Response {
        var response = Response.json(
            status,
            .object([
                .init(
                    "error",
                    .object([
                        .init("code", .string(code)),
                        .init("type", .string("attache_error")),
                        .init("message", .string(message)),
                        .init("request_id", .string(requestID)),
                    ])
                )
            ])
        )
        for (name, value) in fields { response.fields.append(name, value) }
        return response
    }
}
