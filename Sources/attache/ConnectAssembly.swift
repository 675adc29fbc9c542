import Config
import Connect
import Credentials
import HTTP
import IO
import Log
import Time
import Tokens
import Vault

/// The connect pages of a configuration.
enum ConnectAssembly {
    /// The pages and what makes tickets for them; `nil` where no listener serves them or there is no
    /// admin API to make tickets.
    ///
    /// `planned`: the bound listeners, the first of which with pages gives the default public URL.
    static func pages(
        _ configuration: Configuration,
        _ planned: [Assembly.PlannedBind],
        tokens: TokenService,
        vault: FileVault,
        log: Logger
    ) throws(Assembly.Failure) -> ConnectPages? {
        guard let admin = configuration.admin,
            let first = planned.first(where: { $0.listener.connectPages })
        else { return nil }
        guard let publicURL = admin.publicURL ?? url(of: first) else {
            let name = first.listener.name
            throw Assembly.Failure(
                message: "listener \(name): 'public_url' of the admin block must say how browsers "
                    + "reach the connect pages"
            )
        }
        return ConnectPages(
            ConnectSettings(
                publicURL: publicURL,
                returnURLs: admin.returnURLs,
                confirm: admin.confirm
            ),
            credentials: tokens,
            marks: VaultMarks(vault.spentMarks()),
            keys: vault.derivedKeys(for: "connect"),
            now: { Int(WallClock.now) },
            connection: { tokens.directory[$0]?.connection },
            logger: log
        )
    }

    /// Where browsers on this machine reach a listener; `nil` for a unix socket.
    private static func url(of plan: Assembly.PlannedBind) -> URI? {
        guard let address = plan.sockets.first?.address, address.family != .unix else { return nil }
        let scheme = plan.listener.tls.isEmpty ? "http" : "https"
        return URI("\(scheme)://\(address.description)")
    }
}

/// Has the vault's list of used tickets and states kept by threads that may block.
private struct VaultMarks: UsedMarks {
    private let list: SpentMarks
    private let disk = BlockingPool(name: "marks", threadsMax: 2, queueMax: 10_000)

    init(_ list: SpentMarks) { self.list = list }

    func spend(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool {
        let list = list
        return try await perform { () throws(StoreError) in
            try list.spend(id, until: expiry, now: Int(WallClock.now))
        }
    }

    func isSpent(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool {
        let list = list
        return try await perform { () throws(StoreError) in
            try list.isSpent(id, until: expiry)
        }
    }

    private func perform(
        _ work: @escaping @Sendable () throws(StoreError) -> Bool
    ) async throws(MarksUnavailable) -> Bool {
        let result: Result<Bool, StoreError>
        do throws(IOError) {
            result = try await disk.run { Result { () throws(StoreError) in try work() } }
        } catch {
            throw MarksUnavailable(reason: "too much is waiting for the disk")
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let error): throw MarksUnavailable(reason: error.description)
        }
    }
}
