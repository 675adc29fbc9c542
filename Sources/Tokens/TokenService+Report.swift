internal import Time
internal import Credentials
internal import Log
internal import OAuth

extension TokenService {
    /// Tells operators how a flight ended, without secrets.
    func report(_ end: FlightEnd, of id: CredentialID) {
        let name = id.description
        switch end {
        case .refreshed(let snapshot):
            let life = snapshot.life.expiresAt.map {
                String(Int($0.duration(since: snapshot.life.obtainedAt).inSeconds))
            }
            logger.log(
                .info,
                "token refreshed",
                [
                    "credential": name, "generation": String(snapshot.generation),
                    "life_seconds": life ?? "unknown",
                ]
            )
        case .adopted(let snapshot):
            logger.log(
                .debug,
                "token taken from the vault",
                ["credential": name, "generation": String(snapshot.generation)]
            )
        case .refused(_, let fault):
            logger.log(
                .error,
                "a person must act before this connection works",
                ["credential": name, "code": fault.code, "reason": fault.message]
            )
        case .failed(let fault, let retryAt):
            let pause = retryAt.duration(since: .now).inSeconds
            logger.log(
                // That a client is refused was told once for all its accounts.
                fault.needsMending ? .debug : .warn,
                "refresh failed",
                [
                    "credential": name, "code": fault.code, "reason": fault.message,
                    "retry_in_seconds": String(max(0, Int(pause.rounded(.up)))),
                ]
            )
        }
    }
}

extension TokenService {
    /// Tells operators once of scopes that were granted otherwise than asked for.
    func reportScopes(of live: LiveCredential) {
        guard let connection = live.connection else { return }
        let difference = ScopeDifference(of: live.machine.credential, for: connection)
        guard difference != live.reportedScopes else { return }
        live.reportedScopes = difference
        let name = live.id.description
        // They are the provider's words.
        if !difference.extra.isEmpty {
            let scopes = ProviderText.cleaned(difference.extra.joined(separator: " "), hiding: [])
            let message = "the provider granted scopes that were not asked for"
            logger.log(.warn, message, ["credential": name, "scopes": scopes])
        }
        if !difference.missing.isEmpty {
            let scopes = difference.missing.joined(separator: " ")
            let message = "the provider did not grant all scopes that were asked for"
            logger.log(.info, message, ["credential": name, "scopes": scopes])
        }
    }
}

extension FlightEnd {
    /// How a flight that made a call is counted; `nil` for one that took over another's result.
    var result: RefreshCounts.Result? {
        switch self {
        case .refreshed: .ok
        case .adopted: nil
        case .refused: .invalidGrant
        case .failed(let fault, _) where fault.needsMending: .invalidGrant
        case .failed(let fault, _): fault.code == "timeout" ? .timeout : .transient
        }
    }
}

extension CredentialFault {
    /// Whether a failure that is retried needs a person all the same: the client is refused.
    var needsMending: Bool { code == FlightFault.clientCode }
}
