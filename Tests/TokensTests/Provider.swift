import Bytes
import JSON
import Time
import IO
import Sandbox
import Testing

/// The sandbox as a provider, on a loop of its own, and its control API.
actor Provider: LoopActor {
    nonisolated let loop: EventLoop
    nonisolated let server: SandboxServer

    init(_ names: [String]) throws {
        loop = try EventLoop(name: "provider")
        server = try SandboxServer(
            try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
            names.map { try #require(Personality.named($0)) },
            on: loop
        )
    }

    nonisolated var port: Int { server.address.port }

    /// Sends a request without a body and answers the whole answer, head and body.
    func get(_ target: String, _ fields: [(name: String, value: String)] = []) async throws
        -> (head: String, body: String)
    {
        try await send("GET", target, fields, "")
    }

    /// Calls the control API and answers its JSON.
    func control(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
        let answer = try await send(method, "/sandbox/\(path)", [], body)
        return JSONValue(json: Array(answer.body.utf8)) ?? .null
    }

    private func send(
        _ method: String,
        _ target: String,
        _ fields: [(name: String, value: String)],
        _ body: String
    ) async throws -> (head: String, body: String) {
        let stream = try await ByteStream.connect(
            to: server.address,
            on: loop,
            until: loop.now + .seconds(20)
        )
        defer { stream.close() }
        let buffer = Buffer(capacity: 65_536)
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        buffer.append(
            "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(lines)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        try await stream.drain(buffer, until: loop.now + .seconds(20))
        while try await stream.fill(buffer, until: loop.now + .seconds(20)) > 0 {
            buffer.reserve(16_384)
        }
        let text = buffer.text
        guard let gap = text.firstRange(of: "\r\n\r\n") else { return (text, "") }
        return (String(text[..<gap.lowerBound]), String(text[gap.upperBound...]))
    }

    /// Puts entries into the provider's script.
    func script(_ entries: String) async throws {
        let answer = try await control("POST", "script", entries)
        #expect(answer["queued"] != nil, "\(answer)")
    }

    /// The refresh token of a new family.
    func grant() async throws -> String {
        try #require(try await control("POST", "grant")["refresh_token"]?.string)
    }

    /// How many token calls were made.
    func calls() async throws -> Int {
        try #require(try await control("GET", "stats")["token_calls"]?.wholeNumber)
    }
}
