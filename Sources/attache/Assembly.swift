import Time
import Config
import Connect
import Connection
import Credentials
import Glibc
import HTTP
import IO
import Log
import Proxy
import Tokens
import Vault

/// Puts the parts together: the one place that reads files, makes loops and opens sockets.
final class Assembly: Sendable {
    /// Why the proxy cannot run.
    struct Failure: Error {
        let message: String
    }

    let log: Logger
    private let configuration: Configuration
    private let logFile: LogFile
    private let accessFile: LogFile?
    private let control: EventLoop
    /// Keeps the tokens fresh, on the control loop.
    let tokens: TokenService
    /// Where people connect accounts; nil where no listener has such pages.
    let pages: ConnectPages?
    private let workers: [Worker]
    private let admin: AdminAssembly?
    private let readiness = Readiness()
    private let sockets: [ListeningSocket]

    /// Opens logs, vault and sockets, and starts to serve.
    init(_ configuration: Configuration) async throws(Failure) {
        self.configuration = configuration
        System.raiseDescriptorLimit()
        logFile = try Self.openLog(configuration.log)
        accessFile = try Self.openAccessLog(configuration.accessLog)
        log = Self.logger(configuration.log, to: logFile)
        let vault = try VaultAssembly.open(configuration)
        for warning in vault.warnings { log.log(.warn, warning) }
        let count = configuration.threads ?? System.processorCount
        let planned = try Self.openSockets(configuration, workers: count)
        sockets = planned.flatMap(\.sockets)
        control = try Self.makeLoop("control")
        let resolver = Resolver()
        let tokens = TokenService(
            configuration.connections,
            store: vault,
            on: control,
            resolver: resolver,
            logger: log
        )
        self.tokens = tokens
        let registrar = await VaultAssembly.registrar(configuration, of: vault, tokens, log)
        for problem in await tokens.preload() {
            log.log(.error, problem.reason, ["connection": problem.id.connection])
        }
        pages = try ConnectAssembly.pages(
            configuration,
            planned,
            tokens: tokens,
            vault: vault,
            log: log
        )
        let readiness = readiness
        admin = try AdminAssembly(
            configuration,
            tokens: tokens,
            registrar: registrar,
            offers: pages,
            on: control,
            log: log,
            isReady: { readiness.value }
        )
        let settings = ProxySettings(
            configuration,
            tokens.directory,
            tokens: tokens,
            pages: pages.map { pages in
                PageHandler { await pages.answer($0, isSecure: $1) }
            },
            resolver: resolver,
            accessLog: Self.accessLog(configuration.accessLog, to: accessFile),
            log: log,
            ownAddresses: sockets.map(\.address) + (admin?.addresses ?? [])
        )
        workers = try await Self.startWorkers(count, planned, settings)
        // Requests need not wait for that.
        control.start { await tokens.survey() }
    }

    private static func startWorkers(
        _ count: Int,
        _ planned: [PlannedBind],
        _ settings: ProxySettings
    ) async throws(Failure) -> [Worker] {
        var workers: [Worker] = []
        for index in 0..<count {
            let worker = Worker(on: try makeLoop("worker-\(index)"), settings)
            for plan in planned {
                do throws(IOError) {
                    try await worker.listen(
                        plan.sockets[min(index, plan.sockets.count - 1)],
                        as: plan.listener,
                        hosts: plan.hosts,
                        count: plan.count
                    )
                } catch {
                    let reason = describe(error)
                    throw Failure(message: "listener \(plan.listener.name): \(reason)")
                }
            }
            workers.append(worker)
        }
        return workers
    }

    private static func makeLoop(_ name: String) throws(Failure) -> EventLoop {
        do throws(IOError) {
            return try EventLoop(name: name)
        } catch {
            throw Failure(message: "cannot make an event loop: \(describe(error))")
        }
    }

    /// Stops as operators expect: no new work, then what is in flight gets its time.
    func stop() async {
        let shutdown = configuration.shutdown
        log.log(.info, "stopping")
        readiness.set(false)
        if shutdown.delay > .zero { await control.pause(shutdown.delay) }
        let deadline = Instant.now + shutdown.grace
        // The workers have descriptors of their own, which they close first thing when they drain.
        for socket in sockets { socket.close() }
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.drain(until: deadline) } }
        }
        await admin?.stop(until: deadline)
        if await !tokens.stop(until: max(deadline, Instant.now + .seconds(12))) {
            log.log(.error, "stopped while a token was still being stored")
        }
        log.log(.info, "stopped")
        await accessFile?.flush()
        await logFile.flush()
    }

    /// Opens the log files anew.
    func reopenLogs() {
        for file in [logFile, accessFile] {
            do throws(IOError) {
                try file?.reopen()
            } catch {
                log.log(.error, "cannot reopen a log file: \(Self.describe(error))")
            }
        }
    }

    // MARK: Sockets

    /// One bound address of a listener and its sockets, one for each worker where the kernel spreads.
    struct PlannedBind {
        let listener: ListenerConfiguration
        let hosts: [String]?
        let sockets: [ListeningSocket]
        /// Shared by all binds of the listener.
        let count: ConnectionCount
    }

    private static func openSockets(
        _ configuration: Configuration,
        workers: Int
    ) throws(Failure) -> [PlannedBind] {
        var planned: [PlannedBind] = []
        for listener in configuration.listeners {
            let count = ConnectionCount(connectionsMax: listener.limits.connections)
            for bind in listener.binds {
                var sockets = [try openSocket(bind, shared: workers > 1)]
                while sockets.count < workers, sockets[0].address.family != .unix {
                    sockets.append(try openSocket(bind, at: sockets[0].address, shared: true))
                }
                planned.append(
                    PlannedBind(
                        listener: listener,
                        hosts: bind.hosts,
                        sockets: sockets,
                        count: count
                    )
                )
            }
        }
        return planned
    }

    /// Binds one address, found free by a probe unless it is a further socket of our own.
    static func openSocket(
        _ bind: BindConfiguration,
        at own: SocketAddress? = nil,
        shared: Bool = false
    ) throws(Failure) -> ListeningSocket {
        let address: SocketAddress
        if let own { address = own } else { address = try socketAddress(bind.address) }
        do throws(IOError) {
            if own == nil { try ListeningSocket.probe(address) }
            let isShared = shared && address.family != .unix
            return try ListeningSocket(address, shared: isShared, mode: UInt32(bind.mode))
        } catch {
            throw Failure(message: "cannot listen on \(bind.address): \(describe(error))")
        }
    }

    private static func socketAddress(_ address: BindAddress) throws(Failure) -> SocketAddress {
        switch address {
        case .tcp(let host, let port):
            let ip = host == "localhost" ? "127.0.0.1" : host
            if let found = SocketAddress(ip: ip, port: port) { return found }
            throw Failure(message: "'\(host)' is not an IP address to listen on")
        case .unix(let path):
            if let found = SocketAddress(path: path) { return found }
            throw Failure(message: "the socket path '\(path)' is empty or too long")
        case .descriptor(let name): throw Failure(message: "fd:\(name) is not yet supported")
        }
    }

    // MARK: Logs

    private static func openLog(_ settings: LogConfiguration) throws(Failure) -> LogFile {
        switch settings.destination {
        case .standardError: return LogFile(standardStream: 2)
        case .file(let path): return try open(path)
        }
    }

    private static func openAccessLog(
        _ settings: AccessLogConfiguration
    ) throws(Failure) -> LogFile? {
        switch settings.destination {
        case .standardOutput: return LogFile(standardStream: 1)
        case .file(let path): return try open(path)
        case .off: return nil
        }
    }

    private static func open(_ path: String) throws(Failure) -> LogFile {
        do throws(IOError) {
            return try LogFile(path: path)
        } catch {
            throw Failure(message: "cannot open \(path): \(describe(error))")
        }
    }

    private static func accessLog(
        _ settings: AccessLogConfiguration,
        to file: LogFile?
    ) -> AccessLog? {
        file.map { file in AccessLog(format: settings.format) { file.write($0) } }
    }

    private static func logger(_ settings: LogConfiguration, to file: LogFile) -> Logger {
        let level: Level =
            switch settings.level {
            case .debug: .debug
            case .info: .info
            case .warn: .warn
            case .error: .error
            }
        return Logger(
            level: level,
            format: settings.format == .json ? .json : .text,
            time: { HTTPDate.rfc3339(WallClock.now) },
            write: { file.write(Array($0.utf8)) }
        )
    }

    /// A failure of the kernel or of TLS in words.
    static func describe(_ error: IOError) -> String {
        switch error {
        case .closed: "the connection was closed"
        case .timedOut: "it took too long"
        case .cancelled: "it was given up"
        case .unreachable(let number), .system(_, let number): System.reason(number)
        case .unresolved(let host): "\(host) has no address"
        case .tls(let reason): reason
        case .exhausted: "too many open files"
        }
    }
}

extension EventLoop {
    /// Waits for a while on this loop.
    func pause(_ duration: Duration) async {
        await Task(executorPreference: self) { await self.sleep(until: self.now + duration) }.value
    }
}
