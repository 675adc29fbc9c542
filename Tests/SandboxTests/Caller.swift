import Crypto
import HTTP
import JSON
import Sandbox

/// Calls a sandbox as a client would, at a time that the test sets.
struct Caller {
    var service: SandboxService
    var now = 1_800_000_000.0

    init(_ names: String..., limits: SandboxLimits = SandboxLimits()) {
        service = SandboxService(names.compactMap(Personality.named), limits: limits)
    }

    mutating func send(
        _ method: String,
        _ target: String,
        _ fields: Fields = [:],
        _ body: String = ""
    ) -> SandboxReply {
        var fields = fields
        if fields["Host"] == nil { fields.append("Host", "127.0.0.1:9100") }
        let request = Request(
            method: method,
            target: target,
            fields: fields,
            body: Array(body.utf8)
        )
        let reply = service.answer(request, at: now)
        service.finished(reply)
        return reply
    }

    /// Calls a token endpoint with a form, as the client `demo` by header.
    mutating func token(
        _ form: [(String, String)],
        at path: String = "/token",
        _ credentials: String? = "demo:demo-secret"
    ) -> SandboxReply {
        var fields: Fields = ["Content-Type": "application/x-www-form-urlencoded"]
        if let credentials {
            fields.append("Authorization", "Basic \(Base64.encode(Array(credentials.utf8)))")
        }
        return send("POST", path, fields, FormEncoding.encode(form))
    }

    mutating func clientCredentials(at path: String = "/token") -> SandboxReply {
        token([("grant_type", "client_credentials")], at: path)
    }

    mutating func refresh(_ refreshToken: String, at path: String = "/token") -> SandboxReply {
        token([("grant_type", "refresh_token"), ("refresh_token", refreshToken)], at: path)
    }

    /// The refresh token of a new family.
    mutating func family(at path: String = "/sandbox/grant") -> String {
        send("POST", path).json["refresh_token"]?.string ?? ""
    }

    mutating func control(_ path: String, _ body: String = "") -> SandboxReply {
        send("POST", "/sandbox/\(path)", [:], body)
    }

    mutating func stats() -> JSONValue {
        send("GET", "/sandbox/stats").json
    }

    /// The status of a call of the API with that token.
    mutating func api(_ token: String) -> Int {
        send("GET", "/api/x", ["Authorization": "Bearer \(token)"]).response.status
    }
}

extension SandboxReply {
    /// The body as JSON; `null` if it is none.
    var json: JSONValue { JSONValue(json: response.body) ?? .null }
    /// The body as text.
    var text: String { String(decoding: response.body, as: UTF8.self) }
    var accessToken: String? { json["access_token"]?.string }
    var refreshToken: String? { json["refresh_token"]?.string }
    /// The code of an OAuth error.
    var error: String? { json["error"]?.string }
}

extension JSONValue {
    /// A member of a member.
    subscript(path: String...) -> JSONValue? {
        path.reduce(self as JSONValue?) { $0?[$1] }
    }
}
