import Crypto
import HTTP
import JSON

extension SandboxService {
    /// Answers the echo API: `/api/…` wants a token, `/open/…` does not.
    mutating func echo(
        _ request: Request,
        _ place: Place,
        _ body: RequestSummary,
        at now: Double
    ) -> SandboxReply {
        let access = bearer(request).flatMap { grants.live($0, at: now) }
        statistics.apiCalls += 1
        guard place.segments[0] == "open" || access != nil else {
            statistics.apiRefused += 1
            return SandboxReply(unauthorized(request))
        }
        let rest = Array(place.segments.dropFirst())
        if let act = EchoAct(rest, request) {
            switch act {
            case .bad(let message): return SandboxReply(.refusal(400, "bad_request", message))
            case .status(let status, let fields):
                return SandboxReply(plain(status, request, body, access, fields))
            case .reply(let reply): return reply
            case .delayed(let delay):
                return SandboxReply(plain(200, request, body, access), delay: delay)
            case .fault(let fault):
                return SandboxReply(plain(200, request, body, access), fault: fault)
            case .late(let delay):
                let response = plain(200, request, body, access)
                let plan = StreamPlan(
                    .body(response.body, piece: Int.max, total: response.body.count),
                    firstDelay: delay
                )
                return SandboxReply(response, stream: plan)
            }
        }
        return SandboxReply(plain(200, request, body, access))
    }

    /// The token of an `Authorization: Bearer` field; `nil` unless there is exactly one.
    func bearer(_ request: Request) -> String? {
        let fields = request.fields.all("Authorization")
        guard fields.count == 1, let field = fields.first,
            field.prefix(7).lowercased() == "bearer "
        else { return nil }
        return String(field.dropFirst(7))
    }

    /// The refusal of RFC 6750 section 3.1; without any credentials it has no error code.
    func unauthorized(_ request: Request) -> Response {
        let isOffered = request.fields["Authorization"] != nil
        var response = Response.refusal(
            401,
            isOffered ? "invalid_token" : "unauthorized",
            isOffered ? "The token does not work." : "A Bearer token is needed."
        )
        let error = isOffered ? #", error="invalid_token""# : ""
        response.fields.append("WWW-Authenticate", #"Bearer realm="sandbox""# + error)
        return response
    }

    /// The echo itself; a status without content gets no body.
    private func plain(
        _ status: Int,
        _ request: Request,
        _ body: RequestSummary,
        _ access: GrantStore.Access?,
        _ fields: Fields = Fields()
    ) -> Response {
        guard status != 204 && status != 205 && status != 304 else {
            return Response(status: status, fields: fields)
        }
        let headers = request.fields.map { field in
            JSONValue.array([.string(field.name), .string(shown(field.name, field.value))])
        }
        var response = Response.json(
            status,
            [
                "method": .string(request.method),
                "path": .string(request.path),
                "query": request.query.map { .string($0) } ?? .null,
                "headers": .array(headers),
                "body": [
                    "length": .number(body.length),
                    "sha256": body.digest.map { .string(Hex.encode($0)) } ?? .null,
                ],
                "token": [
                    "valid": .bool(access != nil),
                    "client": access.map { .string($0.client) } ?? .null,
                    "scope": access.map { .string($0.scope) } ?? .null,
                    "number": access.map { .number($0.number) } ?? .null,
                ],
            ]
        )
        for field in fields { response.fields.append(field.name, field.value) }
        return response
    }

    /// A field's value; credentials are shown by their last letters and a digest, so that an echo
    /// proves what arrived without repeating it.
    private func shown(_ name: String, _ value: String) -> String {
        let words = value.split(separator: " ", omittingEmptySubsequences: false)
        let isCredential =
            Fields.same(name, "Authorization") || Fields.same(name, "Proxy-Authorization")
        guard isCredential || words.contains(where: { grants.access[String($0)] != nil }),
            let last = words.last
        else { return value }
        let digest = Hex.encode(Array(SHA256.digest(String(last)).prefix(4)))
        let shown = "…\(last.count > 12 ? String(last.suffix(4)) : "") sha256:\(digest)"
        return (words.dropLast().map(String.init) + [shown]).joined(separator: " ")
    }
}
