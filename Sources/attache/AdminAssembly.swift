import Admin
import Config
import Connect
import Connection
import Crypto
import IO
import Log
import Time
import Tokens
import Vault

/// The admin listeners of a configuration and the API behind them.
struct AdminAssembly {
    private let servers: [ControlServer]
    private let sockets: [ListeningSocket]

    /// Opens the admin listeners and serves the API on the control loop.
    ///
    /// `isReady`: whether requests are served and the vault can be read.
    init(
        _ settings: AdminConfiguration,
        of configuration: Configuration,
        tokens: TokenService,
        registrar: Registrar,
        offers: ConnectPages?,
        on loop: EventLoop,
        log: Logger,
        isReady: @escaping @Sendable () async -> Bool
    ) throws(Assembly.Failure) {
        let api = ManagementAPI(
            tokens,
            registrar: registrar,
            offers: offers,
            configuration: { configuration },
            token: AdminToken(try Self.token(settings)),
            isReady: isReady,
            logger: log
        )
        var servers: [ControlServer] = []
        var sockets: [ListeningSocket] = []
        for bind in settings.binds {
            let socket = try Assembly.openSocket(bind)
            let server = ControlServer(
                socket,
                on: loop,
                refusing: { ManagementAPI.refusal(status: $0, message: $1) },
                answering: { await api.answer($0, hosts: bind.hosts) }
            )
            loop.start { try? await server.run() }
            sockets.append(socket)
            servers.append(server)
        }
        self.servers = servers
        self.sockets = sockets
    }

    /// Where the API is served.
    var addresses: [SocketAddress] { sockets.map(\.address) }

    /// Stops serving; who is being answered has until the deadline.
    func stop(until deadline: Instant) async {
        for server in servers { await server.stop(until: deadline) }
        for socket in sockets { socket.close() }
    }

    /// The token of the configuration, or of its file, which is made at the first start.
    private static func token(_ settings: AdminConfiguration) throws(Assembly.Failure) -> Secret {
        if let token = settings.token { return token }
        do throws(DiskError) {
            return try SecretFile(path: settings.tokenPath).readOrMake(AdminToken.random)
        } catch {
            throw Assembly.Failure(message: "the admin token: \(error)")
        }
    }
}
