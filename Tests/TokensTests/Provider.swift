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

    /// Calls the control API and answers its JSON.
    func control(_ method: String, _ path: String, _ body: String = "") async throws -> JSONValue {
        let stream = try await ByteStream.connect(
            to: server.address,
            on: loop,
            until: loop.now + .seconds(20)
        )
        defer { stream.close() }
        let buffer = Buffer(capacity: 65_536)
        buffer.append(
            "\(method) /sandbox/\(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        try await stream.drain(buffer, until: loop.now + .seconds(20))
        while try await stream.fill(buffer, until: loop.now + .seconds(20)) > 0 {
            buffer.reserve(16_384)
        }
        var bytes: [UInt8] = []
        buffer.withReadable { span in for index in span.indices { bytes.append(span[index]) } }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let gap = text.firstRange(of: "\r\n\r\n") else { return .null }
        return JSONValue(json: Array(text[gap.upperBound...].utf8)) ?? .null
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
