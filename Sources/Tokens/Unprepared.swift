internal import Credentials
internal import OAuth

/// Why a call could not even be made.
struct Unprepared: Error, Equatable {
    let code: String
    let message: String
    /// Whether it may work later, without anybody mending anything.
    let mayPass: Bool

    init(code: String, message: String, mayPass: Bool) {
        self.code = code
        self.message = message
        self.mayPass = mayPass
    }

    /// A configuration that no request can be made of.
    init(_ error: TokenRequestError) {
        self.init(code: "configuration", message: error.description, mayPass: false)
    }

    /// What it means for a refresh.
    var outcome: TokenOutcome {
        mayPass
            ? .transient(retryAfter: nil, code: code, message: message)
            : .configuration(code: code, message: message)
    }

    /// What it means for a person's wish.
    var refusal: CredentialRefusal {
        mayPass
            ? .unavailable(code: code, message: message)
            : .refused(code: code, message: message)
    }
}
