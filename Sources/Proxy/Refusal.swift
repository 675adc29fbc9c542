internal import Config
package import HTTP
package import Connection
internal import IO

/// Why a request is answered by us instead of its upstream: the one table from causes to answers.
package enum Refusal: Error, Equatable, Sendable {
    case malformed(HTTPError)
    case badTarget(String)
    case optionsAnswered
    case crossSite
    case callerUnknown
    case tenantRequired(String)
    case forbidden(String)
    case misdirected
    case noRoute
    case methodRefused
    case requestTimedOut
    case requestIncomplete
    case bodyTooLarge
    case needsAuthorization(code: String, message: String)
    case missingField(String)
    case tokenUnavailable(retryAfter: Int, message: String)
    case tokenTimedOut
    case upstreamUnreachable(String)
    case upstreamTLS(String)
    case upstreamBroken(String)
    case upstreamTimedOut(String)
    case upstreamQueue
    case upstreamAddressRefused(String)
    case loop
    case tooManyConnections
    case draining

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .malformed(let error): error.status
        case .badTarget, .tenantRequired, .requestIncomplete: 400
        case .callerUnknown: 401
        case .optionsAnswered: 204
        case .crossSite, .forbidden: 403
        case .misdirected: 421
        case .noRoute: 404
        case .methodRefused: 405
        case .requestTimedOut: 408
        case .bodyTooLarge: 413
        case .needsAuthorization, .missingField: 424
        case .tokenUnavailable, .upstreamQueue, .tooManyConnections, .draining: 503
        case .upstreamUnreachable, .upstreamTLS, .upstreamBroken, .upstreamAddressRefused: 502
        case .tokenTimedOut, .upstreamTimedOut: 504
        case .loop: 508
        }
    }

    /// The code that programs read.
    package var code: String {
        switch self {
        case .malformed(let error):
            switch error.status {
            case 413, 414, 431: "too_large"
            default: "bad_request"
            }
        case .badTarget: "bad_target"
        case .requestIncomplete, .optionsAnswered: "bad_request"
        case .callerUnknown: "caller_unknown"
        case .tenantRequired: "tenant_required"
        case .crossSite, .forbidden: "forbidden"
        case .misdirected: "misdirected"
        case .noRoute: "no_route"
        case .methodRefused: "method_refused"
        case .requestTimedOut: "request_timeout"
        case .bodyTooLarge: "too_large"
        case .needsAuthorization(let code, _): code
        case .missingField: "configuration"
        case .tokenUnavailable: "token_unavailable"
        case .upstreamQueue, .tooManyConnections, .draining: "overloaded"
        case .upstreamUnreachable, .upstreamAddressRefused: "upstream_connect"
        case .upstreamTLS: "upstream_tls"
        case .upstreamBroken: "upstream_protocol"
        case .tokenTimedOut, .upstreamTimedOut: "upstream_timeout"
        case .loop: "loop"
        }
    }

    /// One sentence for the caller; it holds nothing secret.
    package var message: String {
        switch self {
        case .malformed(let error): error.message
        case .badTarget(let reason): reason
        case .optionsAnswered: ""
        case .crossSite: "A browser's request from another site is not allowed here."
        case .callerUnknown: "A caller's token is needed here."
        case .tenantRequired(let reason), .forbidden(let reason): reason
        case .misdirected: "This host is not served here."
        case .noRoute: "No route matches this path."
        case .methodRefused: "This method is not allowed through a proxy that injects credentials."
        case .requestTimedOut: "The request did not arrive in time."
        case .requestIncomplete: "The request ended before its body did."
        case .bodyTooLarge: HTTPError.bodyTooLarge.message
        case .needsAuthorization(_, let message): message
        case .missingField(let field): "The connection has no value for {{\(field)}}."
        case .tokenUnavailable(_, let message): message
        case .tokenTimedOut: "No token came in time."
        case .upstreamUnreachable(let reason): "The upstream cannot be reached: \(reason)."
        case .upstreamTLS(let reason): "TLS with the upstream failed: \(reason)."
        case .upstreamBroken(let reason): "The upstream's answer is broken: \(reason)."
        case .upstreamTimedOut(let what): "The upstream took too long: \(what)."
        case .upstreamQueue: "Too many requests wait for this upstream."
        case .upstreamAddressRefused(let host):
            "The address of \(host) is not one that may be reached."
        case .loop: "The upstream leads back to this proxy."
        case .tooManyConnections: "There are too many connections."
        case .draining: "The proxy is about to stop."
        }
    }

    /// The error type of RFC 9209 for `Proxy-Status`.
    package var proxyStatus: StaticString {
        switch self {
        case .malformed, .badTarget, .tenantRequired, .optionsAnswered, .requestIncomplete,
            .bodyTooLarge:
            "http_request_error"
        case .crossSite, .callerUnknown, .forbidden, .misdirected, .methodRefused:
            "http_request_denied"
        case .noRoute: "destination_not_found"
        case .requestTimedOut: "http_request_error"
        case .needsAuthorization, .missingField: "proxy_configuration_error"
        case .tokenUnavailable, .draining: "proxy_internal_response"
        case .tokenTimedOut: "proxy_internal_response"
        case .upstreamUnreachable: "destination_unavailable"
        case .upstreamTLS: "tls_protocol_error"
        case .upstreamBroken: "http_protocol_error"
        case .upstreamTimedOut: "connection_timeout"
        case .upstreamQueue, .tooManyConnections: "connection_limit_reached"
        case .upstreamAddressRefused: "destination_ip_prohibited"
        case .loop: "proxy_loop_detected"
        }
    }

    /// Seconds for `Retry-After`, where the caller should come again.
    package var retryAfter: Int? {
        switch self {
        case .tokenUnavailable(let seconds, _): seconds
        case .upstreamQueue, .tooManyConnections, .draining: 1
        default: nil
        }
    }

    /// Whether the connection ends with the answer, mostly because nobody can say where the
    /// client's next request would begin.
    package var breaksFraming: Bool {
        switch self {
        case .malformed, .requestTimedOut, .requestIncomplete, .bodyTooLarge, .draining: true
        default: false
        }
    }
}

extension Refusal {
    /// What a template that cannot be filled means for the caller.
    init(_ error: TemplateError) {
        switch error {
        case .missing(let field): self = .missingField(field)
        case .syntax, .unsafeValue, .empty, .uri, .hostNotAllowed:
            self = .needsAuthorization(code: "configuration", message: error.description)
        }
    }

    /// What a failure to get or use an upstream connection means for the caller.
    package init(upstream error: ConnectionError) {
        switch error {
        case .io(.unreachable(let number)): self = .upstreamUnreachable(IOError.reason(number))
        case .io(.unresolved(let host)): self = .upstreamUnreachable("\(host) has no address")
        case .io(.timedOut): self = .upstreamTimedOut("no answer")
        case .io(.tls(let reason)): self = .upstreamTLS(reason)
        case .io(.closed), .io(.cancelled): self = .upstreamBroken("connection closed")
        case .io(.exhausted): self = .upstreamQueue
        case .io(.system(let call, let number)):
            self = .upstreamUnreachable("\(call) failed with error \(number)")
        case .malformed(let error): self = .upstreamBroken(error.rawMessage)
        case .incomplete: self = .upstreamBroken("it ended early")
        case .unexpected: self = .upstreamBroken("it was not asked for")
        case .queueFull, .queueTimedOut: self = .upstreamQueue
        case .addressRefused(let host): self = .upstreamAddressRefused(host)
        case .ownListener: self = .loop
        }
    }
}

extension HTTPError {
    /// The message without its full stop, to stand inside a sentence.
    fileprivate var rawMessage: String { String(message.dropLast()) }
}
