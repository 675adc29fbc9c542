import Config
import Connect
import Glibc
import HTTP
import IO
import JSON
import Sandbox

/// `attache demo`: sandbox and proxy together, one request before and after.
enum DemoCommand {
    private static let sandboxAddress = "127.0.0.1:8081"
    private static let path = "/crm/contacts?limit=2"

    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let once = arguments.flag("--once")
        let listen = try arguments.option("--listen") ?? "127.0.0.1:8080"
        try arguments.finish()
        guard let address = ListenAddress.parse(listen), address.isLoopback else {
            throw Arguments.Fault(message: "'\(listen)' is not a loopback address and port")
        }
        do throws(Assembly.Failure) {
            let folder = try TemporaryDirectory()
            defer { folder.remove() }
            let sandbox = try startSandbox()
            let assembly = try await Assembly(configuration(listen: listen, in: folder.path))
            try await show(address, listen)
            if !once {
                try invite(assembly, listen)
                System.write("\nBoth run until you press Ctrl-C.\n")
                await ServeCommand.serve(assembly, Signals())
            } else {
                await assembly.stop()
            }
            await sandbox.stop()
            return .success
        } catch {
            System.write("attache demo: \(error.message)\n", to: 2)
            return .failure
        }
    }

    private static func startSandbox() throws(Assembly.Failure) -> SandboxServer {
        guard let address = ListenAddress.parse(sandboxAddress) else {
            throw Assembly.Failure(message: "no address for the sandbox")
        }
        do throws(SandboxServer.StartError) {
            let server = try SandboxServer(address, [], on: SandboxCommand.makeLoop())
            server.loop.start { try? await server.run() }
            return server
        } catch {
            throw Assembly.Failure(message: SandboxCommand.describe(error, sandboxAddress))
        }
    }

    /// The example file, listening where asked and keeping what it writes in a folder of its own.
    private static func configuration(
        listen: String,
        in folder: String
    ) throws(Assembly.Failure) -> Configuration {
        let example = String(decoding: PackageResources.proxy_conf_example, as: UTF8.self)
        let file = "\(folder)/proxy.conf"
        let text = example.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "    bind 127.0.0.1:8080;" ? "    bind \(listen);" : String($0) }
            .joined(separator: "\n")
        do throws(ConfigErrors) {
            var configuration = try Configuration.load(
                path: file,
                source: .memory([file: text], workingDirectory: folder)
            )
            configuration.accessLog.destination = .off
            configuration.log.level = .warn
            return configuration
        } catch {
            throw Assembly.Failure(message: "\(error)")
        }
    }

    /// Sends one request through the proxy and shows it on both sides.
    private static func show(
        _ address: SocketAddress,
        _ listen: String
    ) async throws(Assembly.Failure) {
        let answer = try await ask(address, listen)
        guard answer.status == 200, let seen = JSONValue(json: answer.body) else {
            throw Assembly.Failure(message: "the request was answered with \(answer.status)")
        }
        var arrived =
            "\(text(seen, "method")) \(text(seen, "path"))?\(text(seen, "query")) HTTP/1.1"
        if case .array(let headers)? = seen["headers"] {
            for case .array(let pair) in headers {
                guard case .string(let name)? = pair.first, case .string(let value)? = pair.last
                else {
                    continue
                }
                arrived += "\n\(name): \(value)"
            }
        }
        System.write(
            """
            The proxy listens on http://\(listen), the test provider on http://\(sandboxAddress).

            A caller that knows no secret sends this to the proxy:

                GET \(path) HTTP/1.1
                Host: \(listen)
                Accept: application/json

            and this is what the API received, with a token that the proxy fetched for it
            (the provider shows only the end and a digest of the token):

            \(indented(arrived))

            It answered \(answer.status). Try it yourself:

                curl -i 'http://\(listen)\(path)'

            """
        )
    }

    /// Says how to connect an account.
    private static func invite(
        _ assembly: Assembly,
        _ listen: String
    ) throws(Assembly.Failure) {
        do throws(OfferRefusal) {
            guard
                let offer = try assembly.pages?.offer(
                    connection: "calendar",
                    tenant: nil,
                    returnURL: nil,
                    parameters: [:]
                )
            else { return }
            System.write(
                """

                Connect an account in a browser, as a person would. This link works once, and for ten
                minutes:

                    \(offer.url)

                Then use it:

                    curl -i 'http://\(listen)/calendar/events'

                """
            )
        } catch {
            throw Assembly.Failure(message: "\(error)")
        }
    }

    private static func ask(
        _ address: SocketAddress,
        _ listen: String
    ) async throws(Assembly.Failure) -> Response {
        let request = Request(
            method: "GET",
            target: path,
            fields: ["Accept": "application/json"]
        )
        do throws(IOError) {
            return try await OwnClient.send(request, to: address, host: listen)
        } catch {
            let reason = Assembly.describe(error)
            throw Assembly.Failure(message: "the demo's request failed: \(reason)")
        }
    }

    private static func text(_ value: JSONValue, _ name: String) -> String {
        guard case .string(let text)? = value[name] else { return "" }
        return text
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    \($0)\n" }.joined()
    }
}
