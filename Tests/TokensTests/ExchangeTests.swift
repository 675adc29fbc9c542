import Config
import Credentials
import Crypto
import HTTP
import IO
import Testing
import Time
import Tokens

/// How answers of token endpoints travel, and over which connections.
@Suite struct ExchangeTests {
    private static let json = #"{"access_token":"canary-token","expires_in":3600}"#

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 49\r\n\r\n\(json)",
        "HTTP/1.1 200 OK\r\nContent-Length: 49\r\nContent-Type: text/html\r\n\r\n\(json)more",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n\(json.prefix(20))\r\n"
            + "1d\r\n\(json.dropFirst(20))\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n\(json)",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 49\r\n\r\n\(json)",
    ])
    func `a token is read however its answer ends`(answer: String) async throws {
        let (word, _) = try await token(answer)
        #expect(word == "wait 1")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n\(json)", "whole"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n31\r\n\(json)\r\n", "whole"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "whole"), ("", "whole"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 49\r\nContent-Length: 50\r\n\r\n\(json)", "HTTP"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "HTTP"),
        (
            "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n\(json)",
            "HTTP"
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\n\(json)\(String(repeating: " ", count: 300_000))",
            "256 KiB"
        ),
        (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 100), "whole"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "whole"),
    ])
    func `an answer that is not whole or not HTTP is no token`(answer: String, reason: String)
        async throws
    {
        let (word, message) = try await token(answer)
        #expect(word == "unavailable")
        #expect(message.contains(reason), "\(message)")
        #expect(!message.contains("canary"))
    }

    @Test func `the request closes its connection and says what it takes`() async throws {
        let server = try RawServer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        let request = try await server.play {
            _ = try await ask("http://127.0.0.1:\(server.port)/t?a=1")
        }
        #expect(request.hasPrefix("POST /t?a=1 HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(request.contains("\r\nConnection: close\r\n"))
        #expect(request.contains("\r\nAccept: application/json\r\n"))
        #expect(request.hasSuffix("\r\n\r\ngrant_type=client_credentials"))
    }

    @Test func `a private authority of the API counts for the token endpoint`() async throws {
        let (word, _) = try await secureToken(authority: "ca.pem", certificate: "localhost")
        #expect(word == "wait 1")
    }

    @Test(arguments: [(nil, "localhost"), ("ca.pem", "other"), ("nothing.pem", "localhost")])
    func `a certificate that nobody vouches for gets no secret`(
        authority: String?,
        certificate: String
    ) async throws {
        let (word, received) = try await secureToken(
            authority: authority,
            certificate: certificate
        )
        #expect(word == "unavailable")
        #expect(received.isEmpty)
    }

    private func token(_ answer: String) async throws -> (word: String, message: String) {
        let server = try RawServer(answer)
        var result = (word: "", message: "")
        try await server.play {
            let answer = try await ask("http://127.0.0.1:\(server.port)/token")
            result = (answer.word, answer.message)
        }
        return result
    }

    private func secureToken(
        authority: String?,
        certificate: String
    ) async throws -> (word: String, received: String) {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let certificates = "/\(folder)/IOTests/Certificates"
        let server = try RawServer(
            "HTTP/1.1 200 OK\r\nContent-Length: 49\r\n\r\n\(Self.json)",
            tls: TLSIdentity(
                certificate: .file("\(certificates)/\(certificate).pem"),
                key: .file("\(certificates)/\(certificate).key")
            )
        )
        var word = ""
        let received = try await server.play {
            word =
                try await ask("https://localhost:\(server.port)/token") {
                    $0.api.tls.ca = authority.map { "\(certificates)/\($0)" }
                }.word
        }
        return (word, received)
    }

    /// What a request for a token of this endpoint is answered.
    private func ask(
        _ endpoint: String,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) async throws -> TokenAnswer {
        let loop = try EventLoop(name: "tokens")
        defer { loop.stop() }
        let api = APIClientConfiguration(baseURI: .literal("https://api.test"))
        var connection = ConnectionConfiguration(
            name: "crm",
            grant: .clientCredentials,
            api: api
        )
        connection.clientID = "demo"
        connection.clientSecret = Secret("demo-secret")
        connection.tokenURI = .literal(endpoint)
        change(&connection)
        let service = TokenService(
            [connection],
            store: MemoryStore(),
            on: loop,
            resolver: Stage.resolver,
            disk: Stage.disk
        )
        let answer = await service.token(for: Stage.id, until: .far)
        await service.stop(until: .far)
        return answer
    }
}
