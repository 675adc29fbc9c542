internal import Tokens

/// Why a person could not be connected: a status, a code for the app, words for the person.
struct ConnectFault: Error, Equatable {
    let status: Int
    /// What the app is told as `error`.
    let code: String
    let title: String
    /// What happened, in plain text.
    let reason: String
    /// What to do about it, in plain text.
    let advice: String

    private static let again = "Go back to the app you came from and start again from there."

    init(_ status: Int, _ code: String, _ title: String, _ reason: String, _ advice: String) {
        self.status = status
        self.code = code
        self.title = title
        self.reason = reason
        self.advice = advice
    }

    // MARK: Before the provider

    static let ticketBroken = ConnectFault(
        400,
        "bad_ticket",
        "This link does not work",
        "The link is incomplete or was changed on its way.",
        again
    )
    static let ticketExpired = ConnectFault(
        400,
        "ticket_expired",
        "This link has expired",
        "A link for connecting works for ten minutes.",
        again
    )
    static let ticketSpent = ConnectFault(
        400,
        "ticket_used",
        "This link has been used",
        "A link for connecting works once.",
        again
    )
    static let crossSite = ConnectFault(
        403,
        "forbidden",
        "That came from another site",
        "The button must be pressed on this site's own page.",
        again
    )
    static let gone = ConnectFault(
        400,
        "unknown_connection",
        "There is nothing to connect here",
        "The connection that the link was made for does not exist any more.",
        again
    )
    static let busy = ConnectFault(
        503,
        "unavailable",
        "Not possible right now",
        "That this link is being used could not be recorded, and it works only once.",
        "Try again in a minute. If it stays so, tell whoever runs this proxy: its log has the reason."
    )

    /// The configuration lacks something that only its owner can mend.
    static func configuration(_ reason: String) -> ConnectFault {
        ConnectFault(
            400,
            "configuration",
            "This connection is not set up completely",
            "What hinders it: \(reason).",
            "Tell whoever runs this proxy."
        )
    }

    // MARK: Coming back

    static let malformed = ConnectFault(
        400,
        "bad_request",
        "The provider's answer cannot be read",
        "It is not well formed, or says something twice.",
        again
    )
    static let stateBroken = ConnectFault(
        400,
        "bad_state",
        "Nobody was expected here",
        "What came back does not belong to anything that was begun here.",
        again
    )
    static let stateExpired = ConnectFault(
        400,
        "state_expired",
        "That took too long",
        "Connecting has to be finished within ten minutes.",
        again
    )
    static let stateSpent = ConnectFault(
        400,
        "state_used",
        "This was finished before",
        "The provider's answer has already been used, and it works once.",
        "If the app does not show the connection, start again from there."
    )
    static let otherBrowser = ConnectFault(
        403,
        "wrong_browser",
        "This was begun in another browser",
        "Connecting must end in the browser in which it began, with cookies allowed.",
        again
    )
    static let wrongPlace = ConnectFault(
        400,
        "wrong_callback",
        "The answer came to the wrong place",
        "It came to the address of another connection, so it may be somebody else's.",
        again
    )
    static let wrongIssuer = ConnectFault(
        400,
        "wrong_issuer",
        "The answer is not from the right provider",
        "It names another issuer than the one you were sent to, so it was not used.",
        "Do not try again from the same link. Tell whoever runs this proxy."
    )
    static let changed = ConnectFault(
        400,
        "configuration_changed",
        "The connection was changed meanwhile",
        "Its provider or client is not the one that you were sent to.",
        again
    )
    static let noCode = ConnectFault(
        502,
        "no_code",
        "The provider's answer is incomplete",
        "It brought neither a code nor an error.",
        again
    )
}

extension ConnectFault {
    /// Errors with which a provider tells what the person decided.
    private static let decisions = [
        "access_denied", "consent_required", "interaction_required", "login_required",
        "account_selection_required",
    ]

    /// The provider sent the person back with an error (RFC 6749 section 4.1.2.1).
    ///
    /// Both texts have been cleaned.
    static func provider(_ code: String, _ description: String) -> ConnectFault {
        let said = description.isEmpty ? code : "\(code): \(description)"
        guard !decisions.contains(code) else {
            return ConnectFault(
                400,
                code,
                "Not connected",
                "The provider says that you did not agree (\(said)). Nothing was stored.",
                "If that was not what you wanted, start again from the app you came from."
            )
        }
        return ConnectFault(
            502,
            code,
            "The provider refused",
            "It says: \(said). Nothing was stored.",
            "If it happens again, tell whoever runs this proxy."
        )
    }

    /// The credentials are stored, but the API does not take them.
    static func testFailed(_ reason: String) -> ConnectFault {
        ConnectFault(
            502,
            "test_failed",
            "Connected, but the test failed",
            "The access was given and kept, but trying it out failed: \(reason).",
            "Whether the account may do what is asked for is for its owner to see; then start again."
        )
    }

    /// The code could not be turned into credentials.
    init(_ refusal: CredentialRefusal) {
        switch refusal {
        case .unknownConnection: self = .gone
        case .refused(let code, let message):
            self.init(
                502,
                code,
                "The provider gave no access",
                "\(message). Nothing was stored.",
                "Tell whoever runs this proxy, and start again when it is mended."
            )
        case .unavailable("vault", let message):
            self.init(
                503,
                "vault",
                "The access could not be kept",
                "\(message).",
                "Tell whoever runs this proxy, and start again when it is mended."
            )
        case .unavailable(let code, let message):
            self.init(
                502,
                code,
                "The provider does not answer as it should",
                "\(message). Nothing was stored.",
                Self.again
            )
        case .timedOut:
            self.init(
                502,
                "timeout",
                "The provider did not answer in time",
                "Nothing was stored.",
                Self.again
            )
        }
    }
}
