package import Time
package import Credentials
internal import IO

extension TokenService {
    /// A token for a request, which waits for a refresh as the rules say, at most to `deadline`.
    package func token(for id: CredentialID, until deadline: Instant) async -> TokenAnswer {
        guard let live = live(id) else {
            slots.forget(id)
            return Self.unknown(id)
        }
        live.users += 1
        defer { live.users -= 1 }
        await load(live, until: deadline)
        var how = TokenPath.hit
        var hasTimedOut = false
        while live.connection != nil {
            let now = moment()
            guard now.instant < deadline else { return late(live, at: now) }
            let end: Instant?
            switch live.machine.requested(at: now) {
            case .use(let snapshot, let stale):
                live.slot.noteUse(at: now.instant)
                return .token(snapshot, how: stale ? .stale : how)
            case .refuse(.needsAuthorization(let code, let message)):
                if await hasNews(of: live) { continue }
                return .needsAuthorization(code: code, message: message)
            case .refuse(.unavailable) where hasTimedOut: return .timedOut
            case .refuse(.unavailable(let retryAfter, let message)):
                return .unavailable(retryAfter: retryAfter, message: message)
            case .start(let flight, let until):
                begin(flight, of: live)
                end = until
            case .join(_, let until): end = until
            }
            how = .wait
            let wake = await live.wait(on: loop, until: min(end ?? .never, deadline))
            // Who waited takes what the flight brought, however short its life.
            if case .ended(.refreshed(let snapshot)) = wake {
                live.slot.noteUse(at: .now)
                return .token(snapshot, how: .wait)
            }
            if case .ended(.failed(let fault, _)) = wake {
                hasTimedOut = fault.code == FlightFault.timedOut.code
            }
        }
        return Self.unknown(id)
    }

    /// How often what needs a person is looked at again.
    private static let lookInterval: Duration = .seconds(1)

    /// Whether another process has stored what a person did about a credential.
    private func hasNews(of live: LiveCredential) async -> Bool {
        guard live.lookedAt.map({ $0 + Self.lookInterval <= loop.now }) ?? true else {
            return false
        }
        live.lookedAt = loop.now
        let before = live.machine.snapshot?.generation
        do throws(CredentialRefusal) {
            absorb(try await stored(live.id), into: live)
        } catch {
            return false
        }
        return live.machine.snapshot?.generation != before
    }

    /// The answer when a request's own deadline came: the token that is still valid, if there is one.
    private func late(_ live: LiveCredential, at now: Moment) -> TokenAnswer {
        guard let snapshot = live.machine.snapshot, snapshot.status == .connected,
            snapshot.freshness(at: now.instant) != .expired
        else { return .timedOut }
        live.slot.noteUse(at: now.instant)
        return .token(snapshot, how: .stale)
    }

    private static func unknown(_ id: CredentialID) -> TokenAnswer {
        .needsAuthorization(
            code: "configuration",
            message: "there is no connection \(id.connection)"
        )
    }

    /// What to do after an upstream refused the token of a generation with 401.
    package func rejected(
        _ id: CredentialID,
        generation: Int,
        mayReplay: Bool,
        until deadline: Instant
    ) async -> RejectedAnswer {
        guard let live = live(id) else { return .passThrough }
        live.users += 1
        defer { live.users -= 1 }
        while live.connection != nil {
            let now = moment()
            guard now.instant < deadline else { return .passThrough }
            switch live.machine.rejected(generation: generation, at: now) {
            case .replay(let snapshot):
                live.slot.noteUse(at: now.instant)
                return .replay(snapshot)
            case .passThrough: return .passThrough
            case .start(let flight): begin(flight, of: live)
            case .join: break
            }
            guard mayReplay else { return .passThrough }
            let wake = await live.wait(on: loop, until: deadline)
            if case .ended(.refreshed(let snapshot)) = wake, snapshot.generation > generation {
                live.slot.noteUse(at: .now)
                return .replay(snapshot)
            }
        }
        return .passThrough
    }
}
