internal import Connection
internal import Credentials
internal import HTTP
internal import IO

/// Why a call has no answer that could be read; each may pass.
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
            self = .unreachable("cannot connect to \(place): \(IOError.reason(number))")
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

    /// What happened, in words; `place` is who was called.
    func message(of place: String) -> String {
        switch self {
        case .noTurn: "too many calls to \(place) are under way"
        case .timedOut: "\(place) did not answer in time"
        case .unreachable(let reason): reason
        case .cutOff: "\(place) closed the connection before its answer was whole"
        case .malformed(let error): "the answer of \(place) is not HTTP: \(error)"
        case .unsendable(let error): "the request to \(place) cannot be sent: \(error)"
        case .addressRefused(let host):
            "the host \(host), which a field gave, is at no public address"
        }
    }

    /// Whether it may be otherwise the next time.
    var mayPass: Bool {
        switch self {
        case .noTurn, .timedOut, .unreachable, .cutOff, .malformed: true
        case .unsendable, .addressRefused: false
        }
    }

    /// What it means for a refresh.
    var outcome: TokenOutcome {
        let message = message(of: "the token endpoint")
        guard mayPass else { return .configuration(code: "configuration", message: message) }
        let code = self == .timedOut ? "timeout" : "token_endpoint"
        return .transient(retryAfter: nil, code: code, message: message)
    }
}
