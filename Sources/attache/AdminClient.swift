import Config
import Crypto
import HTTP
import IO
import JSON
import Vault

/// Calls the admin API of a running proxy.
struct AdminClient {
    /// The longest that a call may take: a refresh may wait for another one, and each for the vault.
    private static let patience: Duration = .seconds(120)

    private let address: SocketAddress
    private let host: String
    private let token: Secret

    /// Finds the proxy: where it is by `url`, else by the configuration file; the token in a file,
    /// in the environment, else where the configuration says.
    init(
        configuration path: String?,
        url: String?,
        tokenFile: String?
    ) throws(Assembly.Failure) {
        var settings: AdminConfiguration?
        let given = try Self.token(in: tokenFile)
        if url == nil || given == nil { settings = try Self.settings(path) }
        if let url {
            (address, host) = try Self.place(url)
        } else {
            guard let bind = settings?.binds.first else {
                throw Assembly.Failure(message: "the configuration has no 'admin' listener")
            }
            (address, host) = try Self.place(bind)
        }
        if let given {
            token = given
        } else if let written = settings?.token {
            token = written
        } else if let path = settings?.tokenPath, let found = try Self.token(in: path) {
            token = found
        } else {
            let message = "no admin token: give --token-file FILE or set ATTACHE_ADMIN_TOKEN"
            throw Assembly.Failure(message: message)
        }
    }

    /// Makes a call below `/api/v1`; what it answers, null for nothing.
    ///
    /// - Throws: the API's message when it refuses, and why it cannot be asked.
    func call(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil
    ) async throws(Assembly.Failure) -> JSONValue {
        var request = Request(method: method, target: "/api/v1/\(path)")
        request.fields["Authorization"] = "Bearer \(token.reveal())"
        request.fields["Accept"] = "application/json"
        if let body {
            request.fields["Content-Type"] = "application/json"
            request.body = Array(body.text.utf8)
        }
        let response: Response
        do throws(IOError) {
            response = try await OwnClient.send(
                request,
                to: address,
                host: host,
                patience: Self.patience
            )
        } catch {
            let reason = Assembly.describe(error)
            throw Assembly.Failure(message: "the admin API at \(address): \(reason)")
        }
        let answer = JSONValue(json: response.body)
        guard (200...299).contains(response.status) else {
            let message = answer?.value(at: "error.message")?.scalarText
            throw Assembly.Failure(
                message: message ?? "the admin API answered \(response.status)"
            )
        }
        return answer ?? .null
    }

    private static func settings(_ path: String?) throws(Assembly.Failure) -> AdminConfiguration {
        let path = ConfigurationFile.path(path)
        let configuration: Configuration
        do throws(ConfigErrors) {
            configuration = try Configuration.load(path: path, source: .system())
        } catch {
            let hint = "give --admin URL and --token-file FILE to do without the configuration"
            throw Assembly.Failure(message: "\(error)\n\(hint)")
        }
        guard let admin = configuration.admin else {
            throw Assembly.Failure(message: "\(path) has no 'admin' block")
        }
        return admin
    }

    /// The token in a file; without a file the one in the environment, if there is one.
    private static func token(in path: String?) throws(Assembly.Failure) -> Secret? {
        guard let path else {
            return System.environment("ATTACHE_ADMIN_TOKEN").map { Secret($0) }
        }
        do throws(DiskError) {
            if let found = try SecretFile(path: path).read() { return found }
        } catch {
            throw Assembly.Failure(message: "the admin token: \(error)")
        }
        throw Assembly.Failure(message: "there is no admin token in \(path)")
    }

    private static func place(
        _ url: String
    ) throws(Assembly.Failure) -> (SocketAddress, String) {
        if url.hasPrefix("unix:"), let address = SocketAddress(path: String(url.dropFirst(5))) {
            return (address, "localhost")
        }
        guard let uri = URI(url), uri.scheme == .http,
            let address = SocketAddress(
                ip: uri.host == "localhost" ? "127.0.0.1" : uri.host,
                port: uri.port
            )
        else {
            let message = "'\(url)' is not a place like http://127.0.0.1:8082 or unix:PATH"
            throw Assembly.Failure(message: message)
        }
        return (address, uri.authority)
    }

    private static func place(
        _ bind: BindConfiguration
    ) throws(Assembly.Failure) -> (SocketAddress, String) {
        let name = bind.hosts?.first ?? "localhost"
        switch bind.address {
        case .unix(let path):
            guard let address = SocketAddress(path: path) else { break }
            return (address, name)
        case .tcp(let host, let port):
            let ip = ["0.0.0.0", "localhost"].contains(host) ? "127.0.0.1" : host
            guard let address = SocketAddress(ip: ip == "::" ? "::1" : ip, port: port) else {
                break
            }
            return (address, "\(name):\(port)")
        case .descriptor: break
        }
        throw Assembly.Failure(message: "give --admin URL: '\(bind.address)' cannot be called")
    }
}
