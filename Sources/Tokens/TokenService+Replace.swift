internal import Time
internal import Credentials
internal import Crypto
internal import IO
internal import Log

extension TokenService {
    /// How often a change begins anew because somebody else stored meanwhile.
    private static let conflictsMax = 5

    /// The credential in use.
    func known(_ id: CredentialID) throws(CredentialRefusal) -> LiveCredential {
        guard let live = live(id) else { throw .unknownConnection(id.connection) }
        return live
    }

    /// What people may see of it.
    func shown(_ live: LiveCredential) throws(CredentialRefusal) -> CredentialState {
        guard let state = state(of: live) else { throw .unknownConnection(live.id.connection) }
        return state
    }

    /// What is stored; nothing is known of one that is damaged.
    func stored(_ id: CredentialID) async throws(CredentialRefusal) -> Credential? {
        do throws(FlightFault) {
            return try await desk.load(id, until: loop.now + Self.vaultPatience)
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
    }

    /// Stores what a person wants in the place of what is stored, and publishes it.
    ///
    /// A vault that fails is tried again, up to a number of attempts.
    func replace(
        _ live: LiveCredential,
        attempts: Int = 1,
        by change: (Credential, FlightRules, Moment) -> Credential
    ) async throws(CredentialRefusal) -> CredentialState {
        live.users += 1
        defer { live.users -= 1 }
        let new = try await alter(live.id, attempts: attempts) { current in
            change(current ?? Credential(), live.machine.rules, moment())
        }
        if let new { put(new, into: live) }
        return try shown(live)
    }

    /// Stores what a change makes of what is stored, and publishes nothing.
    ///
    /// A vault that fails is tried again, up to a number of attempts.
    /// - Returns: what is stored now; `nil` where the change makes nothing of it.
    func alter(
        _ id: CredentialID,
        attempts: Int,
        by change: (Credential?) -> Credential?
    ) async throws(CredentialRefusal) -> Credential? {
        began()
        defer { finished() }
        var failures = 0
        var conflicts = 0
        var pause = Duration.milliseconds(250)
        while true {
            do throws(FlightFault) {
                return try await alterOnce(id, by: change)
            } catch .vault(.conflict) {
                conflicts += 1
                guard conflicts < Self.conflictsMax else {
                    let message = "others change this credential all the time"
                    throw .unavailable(code: "vault", message: message)
                }
            } catch {
                failures += 1
                guard failures < attempts else {
                    throw .unavailable(code: error.code, message: error.description)
                }
                await loop.sleep(until: loop.now + pause)
                pause = pause * 2
            }
        }
    }

    private func alterOnce(
        _ id: CredentialID,
        by change: (Credential?) -> Credential?
    ) async throws(FlightFault) -> Credential? {
        let old = try await desk.load(id, until: loop.now + Self.vaultPatience)
        guard let new = change(old) else { return nil }
        try await desk.store(
            new,
            for: id,
            replacing: old?.generation,
            until: loop.now + Self.vaultPatience
        )
        return new
    }

    /// Publishes what was stored; a flight under way is overtaken.
    func put(_ new: Credential, into live: LiveCredential) {
        let replaced = live.machine.replaced(with: new, at: moment())
        live.loading = .tried
        if live.connection != nil { live.slot.publish(replaced.snapshot) }
        live.pause?.resume(true)
        live.tellPause?.resume(true)
        live.wake(.again)
        logger.log(
            .info,
            "credential changed by a person",
            [
                "credential": live.id.description, "status": new.status.rawValue,
                "generation": String(new.generation),
            ]
        )
        reportScopes(of: live)
        changed(live)
        arm(live)
        settle(live)
    }

    /// Takes tokens away; a record that is damaged is removed first.
    func withdraw(
        _ id: CredentialID,
        _ change: (Credential, FlightRules, Moment) -> Credential
    ) async throws(CredentialRefusal) -> CredentialState {
        let live = try known(id)
        live.users += 1
        defer { live.users -= 1 }
        do throws(FlightFault) {
            _ = try await desk.load(id, until: loop.now + Self.vaultPatience)
        } catch .vault(.damaged) {
            do throws(FlightFault) {
                try await desk.delete(id, until: loop.now + Self.vaultPatience)
            } catch {
                throw .unavailable(code: error.code, message: error.description)
            }
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
        return try await replace(live, by: change)
    }

    /// The reply of a call, or why there is none in a person's words.
    static func reply(of outcome: TokenOutcome) throws(CredentialRefusal) -> TokenReply {
        switch outcome {
        case .success(let reply): return reply
        case .transient(_, let code, let message): throw .unavailable(code: code, message: message)
        case .invalidGrant(let message):
            throw .refused(code: "needs_authorization", message: message)
        case .configuration(_, let message):
            throw .refused(code: "configuration", message: message)
        case .unexplained(let message): throw .refused(code: "token_endpoint", message: message)
        }
    }

    /// Whether a token may stand in a header field: visible ASCII and nothing else.
    static func isToken(_ secret: Secret) -> Bool {
        guard !secret.isEmpty else { return false }
        return secret.withBytes { (bytes: Span<UInt8>) in
            bytes.indices.allSatisfy { bytes[$0] > 0x20 && bytes[$0] < 0x7F }
        }
    }
}
