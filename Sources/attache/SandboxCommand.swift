import Glibc
import IO
import Sandbox

/// `attache sandbox`: the scripted provider and echo API alone.
enum SandboxCommand {
    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let listen = try arguments.option("--listen") ?? "127.0.0.1:8081"
        var personalities: [Personality] = []
        for name in try arguments.options("--personality") {
            guard let found = Personality.named(name) else {
                throw Arguments.Fault(
                    message: "unknown personality '\(name)'; see 'attache help sandbox'"
                )
            }
            personalities.append(found)
        }
        try arguments.finish()
        guard let address = ListenAddress.parse(listen) else {
            throw Arguments.Fault(message: "'\(listen)' is not an address like 127.0.0.1:8081")
        }
        let signals = Signals()
        System.raiseDescriptorLimit()
        do throws(SandboxServer.StartError) {
            let loop = try makeLoop()
            let server = try SandboxServer(address, personalities, on: loop)
            loop.start { try? await server.run() }
            System.write("attache sandbox listens on http://\(server.address)\n")
            while ![SIGTERM, SIGINT].contains(signals.next()) {}
            await server.stop()
            return .success
        } catch {
            System.write("attache sandbox: \(describe(error, listen))\n", to: 2)
            return .failure
        }
    }

    static func makeLoop() throws(SandboxServer.StartError) -> EventLoop {
        do throws(IOError) {
            return try EventLoop(name: "sandbox")
        } catch {
            throw .io(error)
        }
    }

    static func describe(_ error: SandboxServer.StartError, _ listen: String) -> String {
        switch error {
        case .notLoopback: "it listens on loopback only, and \(listen) is not"
        case .io(let error): "cannot listen on \(listen): \(Assembly.describe(error))"
        }
    }
}

/// An address as it stands behind `--listen`.
enum ListenAddress {
    /// Reads `IP:PORT`, `[IPv6]:PORT` or `localhost:PORT`.
    static func parse(_ text: String) -> SocketAddress? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...])
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return SocketAddress(ip: host == "localhost" ? "127.0.0.1" : host, port: port)
    }
}
