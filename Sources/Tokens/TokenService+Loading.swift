internal import Time
internal import Config
package import Credentials
internal import IO
internal import Log

extension TokenService {
    /// How many records one job on a disk's thread reads.
    private static let batch = 64

    /// Loads the stored credential if nobody has tried to, or waits for who does.
    func load(_ live: LiveCredential, until deadline: Instant) async {
        if live.loading == .untried {
            live.loading = .running
            let id = live.id
            loop.start { await self.loadOnce(id) }
        }
        while live.loading == .running {
            if case .late = await live.wait(on: loop, until: deadline) { return }
        }
    }

    private func loadOnce(_ id: CredentialID) async {
        guard let live = lives[id] else { return }
        do throws(FlightFault) {
            let deadline = loop.now + Self.vaultPatience
            try absorb(await desk.load(id, until: deadline), into: live)
        } catch {
            // A flight will fail over it again, and pause: nothing is tried in a hot loop.
            logger.log(
                .error,
                "a credential cannot be loaded",
                ["credential": id.description, "reason": error.description]
            )
        }
        live.loading = .tried
        live.wake(.again)
    }

    /// Takes what was read from the store, unless something newer is known.
    func absorb(_ stored: Credential?, into live: LiveCredential) {
        // What is stored already for the connection to be is not for the one of now.
        guard held[live.id]?.kept == nil else { return }
        let before = live.machine.snapshot?.generation
        let loaded = live.machine.loaded(stored, at: moment())
        if loaded.snapshot.generation != before, live.connection != nil {
            live.slot.publish(loaded.snapshot)
            changed(live)
        }
        if let flight = loaded.recovery {
            logger.log(
                .warn,
                "the answer to a refresh may have been lost; trying its token once more",
                ["credential": live.id.description]
            )
            begin(flight, of: live)
        }
        arm(live)
        settle(live)
    }

    /// Loads the own credential of every configured connection.
    ///
    /// Tenants are left to `survey` and to their first request.
    /// - Returns: what cannot be read; the rest works.
    @discardableResult
    package func preload() async -> [VaultProblem] {
        var problems: [VaultProblem] = []
        let ids = connections.values.filter { $0.grant != .none }.map {
            CredentialID(connection: $0.name)
        }
        for (id, result) in await read(ids) {
            switch result {
            case .failure(let error):
                problems.append(VaultProblem(id: id, reason: error.description))
            case .success(let stored):
                guard let live = live(id) else { continue }
                absorb(stored, into: live)
                live.loading = .tried
                live.wake(.again)
            }
        }
        return problems
    }

    /// Reads many records.
    func read(
        _ ids: [CredentialID]
    ) async -> [(id: CredentialID, result: Result<Credential?, FlightFault>)] {
        var found: [(id: CredentialID, result: Result<Credential?, FlightFault>)] = []
        var rest = ids[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            found += await desk.load(batch, until: loop.now + Self.vaultPatience)
        }
        return found
    }
}

/// Something in the vault that cannot be read.
package struct VaultProblem: Sendable, Equatable {
    package let id: CredentialID
    package let reason: String
}
