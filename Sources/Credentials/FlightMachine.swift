internal import Time
import Config

/// Decides when one credential's token is used, waited for, refreshed or refused.
///
/// A value without clocks, locks or sockets: events and time go in, decisions come out, and the
/// driver does what they say after it has left its lock. A late event is normal and answered with
/// `.abandon`.
package struct FlightMachine: Sendable {
    package let id: CredentialID
    package internal(set) var rules: FlightRules
    /// What is known to be stored, under the configuration of now.
    package internal(set) var credential = Credential()
    /// What requests may see; `nil` before anything was loaded.
    package internal(set) var snapshot: TokenSnapshot?
    package internal(set) var backOff = BackOff()
    /// The last transient failure; `nil` after a success.
    package internal(set) var lastFailure: CredentialFault?

    /// How many flights there were: the number of the last one.
    package internal(set) var flightsStarted = 0

    var progress: Progress?
    /// Refreshes in a row that were answered 4xx without a reason.
    var unexplained = 0
    /// When the last refresh that a 401 forced ended, unless an ordinary one came after.
    var lastForced: Instant?
    var timerAt: Instant?

    /// Where the one flight stands.
    struct Progress: Sendable {
        /// Where a flight stands.
        enum Step: Sendable {
            case locking
            case storingIntent(TokenCall)
            case calling(TokenCall)
            case rereading(Reread)
            case storing(Unstored)
        }

        /// Why the stored credential is read again.
        enum Reread: Sendable {
            /// The intent met another generation.
            case overIntent
            /// The refresh token was refused: has somebody rotated it meanwhile?
            case overRefusal(TokenCall, message: String)
            /// The result met another generation.
            case overResult(Unstored)
        }

        /// A result that is not stored yet.
        struct Unstored: Sendable {
            var credential: Credential
            var replacing: Int?
            var life: TokenLife
            /// Stores that failed so far; from the first on, waiters do not wait for it.
            var failures = 0
            /// What failed after the provider had answered, so that nobody may use the token.
            var defect: String?
        }

        let flight: Flight
        var step = Step.locking
        /// The stored credential, under the configuration of now.
        var base = Credential()
        /// The stored generation; `nil`: nothing is stored.
        var storedGeneration: Int?
        /// Whether the one more try after a refusal was had.
        var triedAgain = false
        /// How often the intent met another generation.
        var conflicts = 0

        /// Whether waiting is in vain, because the store does not take the result.
        var isStuck: Bool {
            if case .storing(let unstored) = step { unstored.failures > 0 } else { false }
        }
    }

    /// Makes the machine of a credential that was not loaded yet.
    package init(id: CredentialID, rules: FlightRules) {
        self.id = id
        self.rules = rules
    }

    /// The flight under way.
    package var flight: Flight? { progress?.flight }

    /// Decides what a request that wants a token does; it asks again after each wait.
    package mutating func requested(at now: Moment) -> Wanted {
        if let refusal = refusal() { return .refuse(refusal) }
        guard let snapshot else { return wantedWithoutToken(at: now) }
        switch snapshot.freshness(at: now.instant) {
        case .good: return .use(snapshot, stale: false)
        case .expired: return wantedWithoutToken(at: now)
        case .inBuffer: return wantedInBuffer(snapshot, at: now)
        }
    }

    /// Inside the buffer a request waits a little, counted from the start of the flight.
    private mutating func wantedInBuffer(_ snapshot: TokenSnapshot, at now: Moment) -> Wanted {
        let wait = rules.policy.refreshWait
        if let progress {
            let end = progress.flight.startedAt.advanced(by: wait)
            guard !progress.isStuck, now.instant < end else { return .use(snapshot, stale: true) }
            return .join(progress.flight, until: end)
        }
        guard backOff.remaining(at: now.instant) == nil, rules.canRenew(credential) else {
            return .use(snapshot, stale: true)
        }
        let flight = start(.request, seen: snapshot.generation, at: now)
        return .start(flight, until: now.instant.advanced(by: wait))
    }

    private mutating func wantedWithoutToken(at now: Moment) -> Wanted {
        if let progress {
            guard progress.isStuck else { return .join(progress.flight, until: nil) }
            return .refuse(unavailable(after: FlightMachine.storeRetryMax))
        }
        if let remaining = backOff.remaining(at: now.instant) {
            return .refuse(unavailable(after: remaining))
        }
        guard snapshot == nil || rules.canRenew(credential) else {
            return .refuse(unrenewable())
        }
        return .start(start(.request, seen: seenGeneration, at: now), until: nil)
    }

    /// Refuses where a person must act before anything else can be done.
    private func refusal() -> Refusal? {
        guard snapshot != nil else { return nil }
        switch credential.status {
        case .connected: return nil
        case .neverConnected: return rules.canRenew(credential) ? nil : unrenewable()
        case .needsAuthorization:
            return .needsAuthorization(
                code: credential.lastError?.code ?? "needs_authorization",
                message: credential.lastError?.message ?? "a person must reconnect this connection"
            )
        case .revoked:
            return .needsAuthorization(
                code: "revoked",
                message: "this connection was revoked; a person must reconnect it"
            )
        }
    }

    private func unrenewable() -> Refusal {
        .needsAuthorization(
            code: "needs_authorization",
            message: credential.status == .neverConnected
                ? "this connection was never connected"
                : "the token has ended and there is no refresh token; a person must reconnect"
        )
    }

    /// Whether the last failure was the client's, so that a person must mend something; no other
    /// failure that is retried has this code.
    var awaitsClient: Bool { lastFailure?.code == FlightFault.clientCode }

    private func unavailable(after pause: Duration) -> Refusal {
        if awaitsClient, let lastFailure {
            return .needsAuthorization(code: lastFailure.code, message: lastFailure.message)
        }
        return .unavailable(
            retryAfter: max(pause, .seconds(1)),
            message: lastFailure?.message ?? "no token can be had now"
        )
    }

    /// The generation that is known now; none was seen before anything was loaded.
    var seenGeneration: Int { snapshot?.generation ?? -1 }

    /// Occupies the slot with a new flight.
    mutating func start(_ cause: Flight.Cause, seen: Int, at now: Moment) -> Flight {
        flightsStarted &+= 1
        let flight = Flight(
            number: flightsStarted,
            cause: cause,
            seen: seen,
            startedAt: now.instant
        )
        progress = Progress(flight: flight)
        return flight
    }

    /// The state that the admin API shows.
    package func state() -> ConnectionState {
        switch credential.status {
        case .needsAuthorization: .needsAuthorization
        case .revoked: .revoked
        case .neverConnected, .connected:
            if progress != nil {
                progress?.isStuck == true ? .retrying : .refreshing
            } else if lastFailure != nil {
                .retrying
            } else {
                credential.status == .connected ? .connected : .neverConnected
            }
        }
    }

    /// What to show as the last error: the failure that is being retried, or the stored one.
    package var lastError: CredentialFault? { lastFailure ?? credential.lastError }
}
