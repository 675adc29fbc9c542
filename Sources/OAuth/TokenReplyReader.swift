import Config
import Credentials
import Crypto
internal import HTTP
internal import JSON

/// Reads the fields of a successful answer, wherever the configuration says they stand.
struct TokenReplyReader {
    /// A reply, or why there is none.
    enum Result {
        case reply(TokenReply)
        case unusable(String)

        /// The outcome; an answer without a usable token may be better the next time.
        func outcome(otherwise transient: (String) -> TokenOutcome) -> TokenOutcome {
            switch self {
            case .reply(let reply): .success(reply)
            case .unusable(let reason): transient(reason)
            }
        }
    }

    /// Types that need another scheme than Bearer.
    private static let boundTypes: Set<String> = ["mac", "dpop", "pop", "hmac", "n_a"]
    /// Above this, a time is in milliseconds.
    private static let millisecondsFrom = 1e11

    private let body: TokenBody
    private let connection: ConnectionConfiguration

    /// Prepares to read a body.
    init(_ body: TokenBody, for connection: ConnectionConfiguration) {
        self.body = body
        self.connection = connection
    }

    /// Reads the reply.
    func read() -> Result {
        switch body {
        case .empty: return .unusable("is empty")
        case .unreadable: return .unusable("is neither readable JSON nor a form")
        case .value(let value): return read(value)
        }
    }

    /// The provider's reason in a reply that somebody took for a success: a connector's function that
    /// looks at no status.
    private func said(in value: JSONValue) -> String {
        guard let error = value["error"]?.string.flatMap({ ProviderText.code($0, hiding: []) })
        else { return "" }
        return ", but the error \(error)"
    }

    private func read(_ value: JSONValue) -> Result {
        guard let token = field("access_token", of: value)?.string, !token.isEmpty else {
            return .unusable("has no access token" + said(in: value))
        }
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return .unusable("has an access token with bytes that no header may hold")
        }
        var reply = TokenReply(accessToken: Secret(token))
        reply.tokenType = visible(field("token_type", of: value)?.string)
        if let type = reply.tokenType?.lowercased(), usesBearer,
            TokenReplyReader.boundTypes.contains(type)
        {
            return .unusable("has a token of type \(type), which is of no use under Bearer")
        }
        if let refresh = field("refresh_token", of: value)?.scalarText, !refresh.isEmpty {
            guard refresh.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                return .unusable("has a refresh token with forbidden bytes")
            }
            reply.refreshToken = Secret(refresh)
        }
        reply.lifetime = life("expires_in", of: value)
        reply.expiresAt = time("expires_at", of: value)
        reply.refreshLifetime =
            life("refresh_expires_in", of: value) ?? life("refresh_token_expires_in", of: value)
            ?? life("x_refresh_token_expires_in", of: value)
        reply.refreshExpiresAt =
            time("refresh_expires_at", of: value) ?? time("refresh_token_expires_at", of: value)
        reply.scopes = scopes(field("scope", of: value) ?? field("scopes", of: value))
        reply.fields = kept(of: value)
        return .reply(reply)
    }

    /// The value of one of our fields.
    private func field(_ name: String, of value: JSONValue) -> JSONValue? {
        let path = connection.tokenCalls.fieldPaths.first { $0.name == name }?.value ?? name
        return value.value(at: path)
    }

    /// Whether the token goes out under the scheme Bearer.
    private var usesBearer: Bool {
        let header = connection.api.headers.first { $0.name.lowercased() == "authorization" }
        guard let header else { return connection.api.headers.isEmpty }
        return header.template.source.lowercased().hasPrefix("bearer ")
    }

    /// A life in seconds; `nil` for none, one without end or one that is over.
    private func life(_ name: String, of value: JSONValue) -> Double? {
        guard let number = field(name, of: value)?.numericValue, number > 0 else { return nil }
        switch connection.tokenCalls.expiresUnit {
        case .milliseconds: return number / 1000
        case .seconds, nil: return number
        }
    }

    /// A time as seconds or milliseconds since 1970, or as ISO 8601 (Square).
    private func time(_ name: String, of value: JSONValue) -> WallTime? {
        guard let value = field(name, of: value) else { return nil }
        if let number = value.numericValue {
            guard number > 0 else { return nil }
            let isInMilliseconds = number > TokenReplyReader.millisecondsFrom
            return WallTime(seconds: isInMilliseconds ? number / 1000 : number)
        }
        return value.string.flatMap(HTTPDate.iso8601).map(WallTime.init(seconds:))
    }

    /// Scopes separated by single spaces, from a text or an array.
    private func scopes(_ value: JSONValue?) -> String? {
        let texts: [String]
        switch value {
        case .string(let text): texts = [text]
        case .array(let items): texts = items.compactMap(\.string)
        case .null, .bool, .number, .object, nil: return nil
        }
        let words = texts.flatMap(connection.scopeWords)
        return words.filter { $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } }
            .joined(separator: " ")
    }

    /// The kept fields: single values without the bytes that could end a header's line.
    private func kept(of value: JSONValue) -> [String: String] {
        var fields: [String: String] = [:]
        for name in connection.tokenCalls.keep {
            guard let text = field(name, of: value)?.scalarText,
                !text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
            else { continue }
            fields[name] = text
        }
        return fields
    }

    /// A text of visible ASCII; `nil` for any other.
    private func visible(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        return text
    }
}
