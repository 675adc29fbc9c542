internal import Connection
internal import Credentials
internal import Glibc
internal import HTTP
internal import IO

/// Why a token call has no answer that could be read; each may pass.
enum CallFailure: Error, Equatable {
    /// Too many calls to the same endpoint were under way.
    case noTurn
    case timedOut
    /// No connection, or none that proves whose it is.
    case unreachable(String)
    /// The connection ended before the answer did.
    case cutOff
    /// The answer breaks a rule of HTTP.
    case malformed(HTTPError)
    /// Our own request would.
    case unsendable(HTTPError)
    /// The host, which an account's field gave, is at no public address.
    case addressRefused(String)

    /// Says why a place could not be connected to.
    init(connecting error: IOError, to place: String) {
        switch error {
        case .timedOut: self = .timedOut
        case .closed: self = .unreachable("\(place) closed the connection")
        case .cancelled: self = .cutOff
        case .unreachable(let number):
            self = .unreachable("cannot connect to \(place): \(Self.reason(number))")
        case .unresolved(let host): self = .unreachable("the name \(host) has no address")
        case .tls(let reason): self = .unreachable("TLS with \(place) failed: \(reason)")
        case .exhausted: self = .unreachable("too many files or look-ups are under way")
        case .system(let call, let number):
            self = .unreachable("cannot connect to \(place): \(call) failed (error \(number))")
        }
    }

    /// Says why a message could not be sent or read.
    init(_ error: ConnectionError) {
        switch error {
        case .io(.timedOut): self = .timedOut
        case .malformed(let error): self = .malformed(error)
        case .io, .incomplete, .unexpected, .queueFull, .queueTimedOut, .addressRefused,
            .ownListener:
            self = .cutOff
        }
    }

    private static func reason(_ number: Int32) -> String {
        switch number {
        case ECONNREFUSED: "connection refused"
        case ENETUNREACH: "network unreachable"
        case EHOSTUNREACH: "no route to the host"
        case ETIMEDOUT: "timed out"
        case _: "error \(number)"
        }
    }

    /// What it means for a refresh.
    var outcome: TokenOutcome {
        switch self {
        case .noTurn:
            .transient(
                retryAfter: nil,
                code: "token_endpoint",
                message: "too many calls to the token endpoint are under way"
            )
        case .timedOut:
            .transient(
                retryAfter: nil,
                code: "timeout",
                message: "the token endpoint did not answer in time"
            )
        case .unreachable(let reason):
            .transient(retryAfter: nil, code: "token_endpoint", message: reason)
        case .cutOff:
            .transient(
                retryAfter: nil,
                code: "token_endpoint",
                message: "the token endpoint closed the connection before its answer was whole"
            )
        case .malformed(let error):
            .transient(
                retryAfter: nil,
                code: "token_endpoint",
                message: "the token endpoint's answer is not HTTP: \(error)"
            )
        case .unsendable(let error):
            .configuration(
                code: "configuration",
                message: "the token request cannot be sent: \(error)"
            )
        case .addressRefused(let host):
            .configuration(
                code: "configuration",
                message: "the host \(host), which a field gave, is at no public address"
            )
        }
    }
}
