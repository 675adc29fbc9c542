import FoundationEssentials
import Support

/// The proxy under test: `attache serve` on a configuration of its own.
final class Attache {
    let port: Int
    let process: ChildProcess
    /// Where its configuration, vault, keys and logs are.
    let folder: TemporaryFolder
    let adminPort: Int
    static let adminToken = "the-admin-token-of-this-test"

    /// Starts it on `configuration`.
    ///
    /// A listener on `port` (a free one unless given) with the directives `listener`, an access
    /// log, and an admin listener with the directives `admin` are added.
    /// Another `Attache` in the same `folder` has its vault.
    ///
    /// - Throws: `TestFailure` with all that it printed when it does not listen.
    init(
        _ configuration: String,
        listener: String = "",
        port: Int? = nil,
        admin: String = "",
        in folder: TemporaryFolder? = nil,
        environment: [String: String] = [:]
    ) throws {
        self.folder = try folder ?? TemporaryFolder()
        self.port = try port ?? FreePort.next()
        adminPort = try FreePort.next()
        let file = try self.folder.write(
            "proxy.conf",
            """
            listener main { bind 127.0.0.1:\(self.port); \(listener) }
            access_log \(self.folder.file("access.log")) json;
            admin { bind 127.0.0.1:\(adminPort); token \(Self.adminToken); \(admin) }
            \(configuration)
            """
        )
        process = try ChildProcess(
            Program.attache(),
            ["serve", "-c", file],
            environment: environment,
            workingFolder: self.folder.path
        )
        try Wait.until(process, listensOn: self.port)
        try Wait.until(process, listensOn: adminPort)
    }

    /// The base URL of a route, as a client is given it.
    func url(_ route: String) -> String {
        "http://127.0.0.1:\(port)\(route)"
    }

    /// Sends one request on a connection of its own.
    func fetch(
        _ path: String,
        method: String = "GET",
        fields: [(String, String)] = [],
        body: String? = nil
    ) throws -> ProbeResponse {
        try HTTPProbe.fetch(path, method: method, port: port, fields: fields, body: body)
    }

    /// Opens a connection for a test that sends or reads in its own way.
    func connect(timeout: Int = 30, receiveBuffer: Int? = nil) throws -> HTTPProbe {
        try HTTPProbe(port: port, timeout: timeout, receiveBuffer: receiveBuffer)
    }

    /// Calls the admin API: `path` is what follows `/api/v1`.
    func admin(_ method: String, _ path: String, _ body: String? = nil) throws -> ProbeResponse {
        try HTTPProbe.fetch(
            "/api/v1" + path,
            method: method,
            port: adminPort,
            fields: Self.adminFields(body),
            body: body
        )
    }

    /// Sends `POST …/refresh` for a connection and returns without reading the answer.
    func beginRefresh(of connection: String) throws -> HTTPProbe {
        try begin("/connections/\(connection)/refresh", "{}")
    }

    /// Sends a POST to the admin API and returns without reading the answer.
    func begin(_ path: String, _ body: String) throws -> HTTPProbe {
        let probe = try HTTPProbe(port: adminPort)
        var head = "POST /api/v1\(path) HTTP/1.1\r\n"
        head += "Host: 127.0.0.1:\(adminPort)\r\nContent-Length: \(body.utf8.count)\r\n"
        for (name, value) in Self.adminFields(body) { head += "\(name): \(value)\r\n" }
        try probe.send(head + "\r\n\(body)")
        return probe
    }

    /// Runs `attache connections` with the proxy's own configuration; `input` is its standard input.
    func connections(_ arguments: String..., input: String = "") throws -> ChildProcess {
        try connections(arguments, input: input)
    }

    /// The same with a list of arguments.
    func connections(_ arguments: [String], input: String = "") throws -> ChildProcess {
        let file = try folder.write("input", input)
        let line = #"exec "$0" "$@" < "$INPUT""#
        let child = try ChildProcess(
            "/bin/sh",
            ["-c", line, Program.attache(), "connections"] + arguments
                + ["-c", folder.file("proxy.conf")],
            environment: ["INPUT": file],
            workingFolder: folder.path
        )
        try child.wait(seconds: 60)
        return child
    }

    /// What the admin API says of a connection.
    func state(of connection: String) throws -> ConnectionState {
        let response = try admin("GET", "/connections/\(connection)")
        guard response.status == 200 else {
            throw TestFailure("\(response.status) \(response.text)\n\(process.transcript)")
        }
        return try ConnectionState(response.text)
    }

    private static func adminFields(_ body: String?) -> [(String, String)] {
        let kind = body == nil ? [] : [("Content-Type", "application/json")]
        return [("Authorization", "Bearer \(adminToken)")] + kind
    }
}

/// What the admin API says of a connection, as far as tests ask.
struct ConnectionState: Decodable {
    var state: String
    var generation: Int

    init(_ json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}
