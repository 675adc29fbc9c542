import HTTP
import JSON

/// Writes the reply to a granted call, in the form that the personality gives it.
struct TokenReplyWriter {
    let behaviour: Behaviour
    /// Seconds since 1970.
    let now: Double

    /// The reply (RFC 6749 section 5.1, where the personality lets it).
    func response(_ issue: GrantStore.Issue) -> Response {
        let token = members(issue)
        var response: Response
        switch behaviour.replyForm {
        case .json: response = .json(200, .object(token))
        case .nested(let name):
            let outer: [JSONValue.Member] = [.init("ok", true), .init(name, .object(token))]
            response = .json(200, .object(outer))
        case .mislabelled:
            response = .json(200, .object(token))
            response.fields.set("Content-Type", "text/html; charset=utf-8")
        case .camel(let name):
            let token = token.map {
                JSONValue.Member(TokenReplyWriter.camelCase($0.name), $0.value)
            }
            response = .json(200, .object([.init(name, .object(token))]))
        case .form, .formUnlessAsked:
            response = Response(
                status: 200,
                fields: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array(FormEncoding.encode(token.map { ($0.name, plain($0.value)) }).utf8)
            )
        }
        response.fields.append("Cache-Control", "no-store")
        if behaviour.cutsReply {
            response.body = Array(response.body.prefix(response.body.count / 2))
        }
        return response
    }

    private func members(_ issue: GrantStore.Issue) -> [JSONValue.Member] {
        var members = [JSONValue.Member("access_token", .string(issue.accessToken))]
        if let type = behaviour.tokenType { members.append(.init("token_type", .string(type))) }
        if let lifetime = lifetime() { members.append(lifetime) }
        if let token = issue.refreshToken { members.append(.init("refresh_token", .string(token))) }
        if let seconds = behaviour.refreshLifetime, issue.refreshToken != nil {
            members.append(.init("refresh_expires_in", .number(seconds)))
        }
        if let scope = scope(issue.scope) { members.append(scope) }
        if behaviour.addsFirstMembers && issue.isFirst {
            members.append(.init("instance_url", "https://instance.example"))
            members.append(.init("issued_at", .string(String(HTTPDate.whole(now)) + "000")))
        }
        if behaviour.addsAccountMembers { members += TokenReplyWriter.accountMembers }
        return members
    }

    /// What providers tell of an account beside its token.
    private static let accountMembers: [JSONValue.Member] = [
        .init("api_domain", "https://api.instance.example"), .init("host", "api.instance.example"),
        .init("api_base_url_for_customer", "https://api.instance.example"),
        .init("account_id", "a-1"), .init("workspace_id", "w-1"), .init("merchant_id", "m-1"),
    ]

    private static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.prefix(1).joined()
            + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private func lifetime() -> JSONValue.Member? {
        let seconds = behaviour.accessLifetime
        let end = now + Double(seconds)
        switch behaviour.lifetimeForm {
        case .seconds: return .init("expires_in", .number(seconds))
        case .fraction: return .init("expires_in", .number(Double(seconds) + 0.5))
        case .string: return .init("expires_in", .string(String(seconds)))
        case .milliseconds: return .init("expires_in", .number(seconds * 1000))
        case .atSeconds: return .init("expires_at", .number(HTTPDate.whole(end)))
        case .atMilliseconds: return .init("expires_at", .number(HTTPDate.whole(end) * 1000))
        case .atISO8601:
            // Whole seconds, as Square writes them.
            return .init("expires_at", .string("\(HTTPDate.rfc3339(end).prefix(19))Z"))
        case .absent: return nil
        case .words(let value): return .init("expires_in", value)
        }
    }

    private func scope(_ scope: String) -> JSONValue.Member? {
        let names = scope.split(separator: " ").map(String.init)
        switch behaviour.scopeForm {
        case .spaces: return .init("scope", .string(scope))
        case .commas: return .init("scope", .string(names.joined(separator: ",")))
        case .array: return .init("scope", .array(names.map { .string($0) }))
        case .plural: return .init("scopes", .string(scope))
        case .absent: return nil
        }
    }

    /// A value in a form-encoded reply, which knows only text.
    private func plain(_ value: JSONValue) -> String {
        value.string ?? value.text
    }
}
