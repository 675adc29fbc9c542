internal import Time
import Config

extension FlightMachine {
    /// Decides what a request does after an upstream refused the token of a generation.
    ///
    /// All who saw a 401 with the same generation share one refresh. A flight that was not forced
    /// is waited for, and another one follows only if it brought no newer generation.
    package mutating func rejected(generation: Int, at now: Moment) -> Rejected {
        guard credential.status == .connected, let snapshot else { return .passThrough }
        if snapshot.generation > generation {
            if snapshot.freshness(at: now.instant) != .expired { return .replay(snapshot) }
            return rejectedBeforeExpired(at: now)
        }
        if let progress { return progress.isStuck ? .passThrough : .join(progress.flight) }
        guard rules.canRenew(credential), backOff.remaining(at: now.instant) == nil,
            mayForce(at: now)
        else { return .passThrough }
        return .start(
            start(.rejected(generation: generation), seen: snapshot.generation, at: now)
        )
    }

    /// A newer token that has ended as well is refreshed like for any request.
    private mutating func rejectedBeforeExpired(at now: Moment) -> Rejected {
        switch requested(at: now) {
        case .use(let snapshot, _): .replay(snapshot)
        case .join(let flight, _): .join(flight)
        case .start(let flight, _): .start(flight)
        case .refuse: .passThrough
        }
    }

    func mayForce(at now: Moment) -> Bool {
        guard let lastForced else { return true }
        return now.instant >= lastForced.advanced(by: rules.policy.minimumForcedInterval)
    }

    /// Decides what a person's wish to refresh now comes to; `generation` is what the person saw.
    ///
    /// It is a way out of `needs_authorization` and of a back-off.
    package mutating func refreshAsked(since generation: Int, at now: Moment) -> Asked {
        if let snapshot, snapshot.generation > generation, snapshot.accessToken != nil {
            return .done(snapshot)
        }
        if let progress {
            guard progress.isStuck, let lastFailure else { return .join(progress.flight) }
            return .refuse(lastFailure)
        }
        guard snapshot == nil || rules.canRenew(credential) else {
            return .refuse(
                rules.renewal == .never
                    ? CredentialFault(
                        code: "configuration",
                        message: "this connection has no grant, and so no token to refresh",
                        at: now.wall
                    )
                    : CredentialFault(
                        code: credential.status == .revoked ? "revoked" : "needs_authorization",
                        message: "there is no refresh token; a person must reconnect",
                        at: now.wall
                    )
            )
        }
        backOff = BackOff()
        unexplained = 0
        // What was never loaded cannot have been seen: only a call answers this wish.
        let seen = snapshot == nil ? Int.max : seenGeneration
        return .start(start(.admin, seen: seen, at: now))
    }
}
