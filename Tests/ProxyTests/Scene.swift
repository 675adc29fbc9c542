import Config
import Credentials
import IO
import Log
import Proxy
import Support
import Synchronization
import Testing
import Time

/// A worker on a free port in front of an upstream, both in this process.
final class Scene {
    let upstream: RawUpstream
    let tokens: FakeTokens
    let directory: ConnectionDirectory
    let port: Int
    let lines: Lines
    private let worker: Worker
    private let loops: [EventLoop]
    private let socket: ListeningSocket

    /// The lines of the access log.
    final class Lines: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    private init(
        _ upstream: RawUpstream,
        _ tokens: FakeTokens,
        _ directory: ConnectionDirectory,
        _ lines: Lines,
        _ worker: Worker,
        _ loops: [EventLoop],
        _ socket: ListeningSocket
    ) {
        self.upstream = upstream
        self.tokens = tokens
        self.directory = directory
        self.lines = lines
        self.worker = worker
        self.loops = loops
        self.socket = socket
        port = socket.address.port
    }

    /// Names under `inner.test` hold the address to which they lead.
    private static let resolver = Resolver { host, port in
        guard host.hasSuffix(".inner.test") else { return Resolver.askSystem(host, port: port) }
        return SocketAddress(ip: String(host.dropLast(11)), port: port).map { [$0] } ?? []
    }

    /// Runs `body` with a scene and takes it down again.
    ///
    /// `config` is the configuration but for the listener; `UPSTREAM` stands in it for the
    /// upstream's host and port, `SELF` for the proxy's. `script` is what the upstream answers.
    static func run(
        _ config: String = Scene.plain(),
        listener: String = "",
        anyHost: Bool = false,
        selfHost: String = "127.0.0.1",
        greeting: String = "",
        pages: PageHandler? = nil,
        format: AccessLogConfiguration.Format = .json,
        script: @escaping @Sendable (Seen) -> Reply = { _ in .ok },
        _ body: (Scene) async throws -> Void
    ) async throws {
        let near = try EventLoop(name: "proxy")
        let far = try EventLoop(name: "upstream")
        let upstream = try RawUpstream(on: far, greeting: greeting, script: script)
        try await upstream.start()
        guard let address = SocketAddress(ip: "127.0.0.1", port: 0) else { return }
        let socket = try ListeningSocket(address, shared: false)
        let text =
            "listener main { bind 127.0.0.1:8080; \(listener) }\n"
            + config.replacing("UPSTREAM", with: "127.0.0.1:\(upstream.port)")
            .replacing("SELF", with: "\(selfHost):\(socket.address.port)")
        let configuration = try Self.configuration(text)
        let tokens = FakeTokens()
        let lines = Lines()
        let directory = ConnectionDirectory(file: configuration.connections)
        let settings = ProxySettings(
            configuration,
            directory,
            tokens: tokens,
            pages: pages,
            resolver: Self.resolver,
            accessLog: AccessLog(format: format) { lines.add($0) },
            log: .silent,
            ownAddresses: [socket.address]
        )
        let worker = Worker(on: near, settings)
        let main = configuration.listeners[0]
        try await worker.listen(
            socket,
            as: main,
            hosts: anyHost ? nil : main.binds[0].hosts,
            count: ConnectionCount(connectionsMax: main.limits.connections)
        )
        let scene = Scene(upstream, tokens, directory, lines, worker, [near, far], socket)
        do {
            try await body(scene)
        } catch {
            _ = await scene.end()
            throw error
        }
        // One that greets is no HTTP server, and is sent no HTTP.
        let violations = await scene.end()
        #expect(violations.isEmpty || !greeting.isEmpty)
    }

    private static func configuration(_ text: String) throws -> Configuration {
        let source = ConfigSource.memory(["/etc/attache/proxy.conf": text])
        do {
            return try Configuration.load(
                path: "proxy.conf",
                source: source,
                takingEverything: true
            )
        } catch {
            throw TestFailure(error.diagnostics.map(\.description).joined(separator: "\n"))
        }
    }

    /// Ends everything; answers how the upstream's oracle was offended, asked while its loop lives.
    private func end() async -> [String] {
        await stop()
        await upstream.stop()
        let violations = await upstream.violations
        socket.close()
        for loop in loops { loop.stop() }
        return violations
    }

    /// Stops the worker, so that its log is whole; waits so long at most for what is in flight.
    func stop(within time: Duration = .zero) async { await worker.drain(until: .now + time) }

    func client() throws -> RawClient { try RawClient(port: port) }

    /// Sends bytes over a connection of its own and reads the first answer.
    func ask(_ bytes: String, method: String = "GET") throws -> Message {
        let client = try client()
        try client.send(bytes)
        return try client.next(to: method)
    }

    /// Asks for a target with fields and reads the answer.
    func get(_ target: String, _ fields: String = "", method: String = "GET") throws -> Message {
        try ask("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n", method: method)
    }

    /// A request with a body of a known length.
    static func post(_ body: String, target: String = "/api/x", _ fields: String = "") -> String {
        "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n"
            + "\(fields)\r\n\(body)"
    }

    /// A chunked request; each piece is a chunk.
    static func chunked(_ pieces: [String], target: String = "/api/x", end: Bool = true) -> String {
        "POST \(target) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
            + (end ? "0\r\n\r\n" : "")
    }

    // MARK: Configurations

    /// A connection without tokens under `/api/`.
    static func plain(_ connection: String = "", api: String = "", route: String = "") -> String {
        """
        connection api { grant none; \(connection)
            api_client { base_uri http://UPSTREAM/base; \(api) } }
        route /api/ { connection api; \(route) }
        """
    }

    /// A connection with a token under `/api/`.
    static func tokened(_ connection: String = "", api: String = "", route: String = "") -> String {
        """
        connection api { grant client_credentials; token_uri https://idp.example.com/token;
            client_id a; client_secret b; \(connection)
            api_client { base_uri http://UPSTREAM/base; \(api) } }
        route /api/ { connection api; \(route) }
        """
    }
}
