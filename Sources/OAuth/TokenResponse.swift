package import Config
package import Credentials
package import HTTP
package import JSON

/// Reads the answers of token endpoints: the RFCs, and what providers make of them.
package enum TokenResponse {
    /// The most bytes of an answer that are read.
    package static let bodyBytesMax = 256 * 1024

    /// What an answer to a call means.
    ///
    /// - Parameters:
    ///   - response: The answer, its body cut off by the driver one byte beyond the limit at most.
    ///   - call: The call that it answers, whose secrets are kept out of every message.
    ///   - connection: The configuration that says where our fields stand.
    ///   - now: The wall clock, for a `Retry-After` with a date.
    /// - Returns: The outcome, with a cleaned message.
    package static func read(
        _ response: Response,
        to call: TokenRequest,
        for connection: ConnectionConfiguration,
        at now: WallTime
    ) -> TokenOutcome {
        let retryAfter = RetryAfter.duration(response.fields["Retry-After"], at: now)
        func transient(_ message: String) -> TokenOutcome {
            .transient(retryAfter: retryAfter, code: "token_endpoint", message: message)
        }
        guard response.body.count <= bodyBytesMax else {
            return transient("the token endpoint's answer is larger than 256 KiB")
        }
        let body = TokenBody(response.body)
        let failure = TokenFailure(body, status: response.status, hiding: call.secrets)
        switch response.status {
        case 200...299:
            // Some providers answer every failure with 200 (GitHub, Slack).
            if failure.isNamed { return failure.outcome(retryAfter: retryAfter) }
            return TokenReplyReader(body, for: connection).read().outcome {
                transient("the token endpoint's answer \($0)")
            }
        case 408, 429: return transient(failure.message)
        case 400...499: return failure.outcome(retryAfter: retryAfter)
        case 300...399:
            return transient("\(failure.message); redirects are not followed: check token_uri")
        default:
            // A 5xx is the provider's trouble, even with an OAuth error in its body.
            return transient(failure.message)
        }
    }

    /// The object that an answer to a call holds; `nil` where it is a failure or no object.
    ///
    /// It need not hold a token where ours is looked for: a connector finds it.
    package static func value(of response: Response) -> JSONValue? {
        guard 200...299 ~= response.status, response.body.count <= bodyBytesMax else { return nil }
        let body = TokenBody(response.body)
        let failure = TokenFailure(body, status: response.status, hiding: [])
        return failure.isNamed ? nil : body.value
    }

    /// What credentials mean that a connector's function gave.
    package static func read(
        _ value: JSONValue,
        for connection: ConnectionConfiguration
    ) -> TokenOutcome {
        TokenReplyReader(.value(value), for: connection).read().outcome { reason in
            .transient(
                retryAfter: nil,
                code: "connector",
                message: "what the connector's function gave \(reason)"
            )
        }
    }
}

/// The body of an answer, told by its content: providers mislabel JSON and forms alike.
package enum TokenBody: Sendable, Equatable {
    case empty
    case value(JSONValue)
    /// Something else: HTML, cut short, with a name twice, nested too deep.
    case unreadable

    /// Reads a body.
    package init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        rest = rest.drop { TokenBody.isSpace($0) }
        guard let first = rest.first else {
            self = .empty
            return
        }
        let value =
            first == UInt8(ascii: "{")
            ? JSONValue(json: Array(rest)) : TokenBody.form(rest)
        self = value.map(TokenBody.value) ?? .unreadable
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// A form as an object of texts; `nil` if it is none or has a name twice.
    private static func form(_ bytes: ArraySlice<UInt8>) -> JSONValue? {
        var text = bytes
        while let last = text.last, isSpace(last) { text.removeLast() }
        guard text.contains(UInt8(ascii: "=")),
            text.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>\"{}".utf8.contains($0) }),
            let items = FormEncoding.decode(String(decoding: text, as: UTF8.self)),
            Set(items.map(\.0)).count == items.count
        else { return nil }
        return .object(items.map { JSONValue.Member($0.0, .string($0.1)) })
    }

    /// The value; `nil` if there is none that can be read.
    var value: JSONValue? {
        switch self {
        case .value(let value): value
        case .empty, .unreadable: nil
        }
    }
}
