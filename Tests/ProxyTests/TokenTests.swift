import Credentials
import Testing

/// Tokens on their way into requests.
@Suite struct TokenTests {
    static let get = "GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// Answers 401 to any token but `good`.
    private static let picky: @Sendable (Seen) -> Reply = { seen in
        if seen.message["Authorization"] == "Bearer good" { return .ok }
        return Reply(
            .text(
                "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\nContent-Length: 4\r\n\r\nnope"
            )
        )
    }

    @Test func `injects what is published, and the new one after a change`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            for generation in 1...3 {
                scene.tokens.publish("t\(generation)", generation: generation)
                let answer = try scene.ask(Self.get)
                #expect(answer.status == 200)
            }
            let seen = await scene.upstream.requests.map { $0.all("Authorization") }
            #expect(seen == [["Bearer t1"], ["Bearer t2"], ["Bearer t3"]])
            #expect(scene.tokens.asked == 0)
        }
    }

    @Test func `asks for a token where none is published or it is over`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            scene.tokens.answer {
                .token(FakeTokens.snapshot("new", generation: 2, for: $0), how: .wait)
            }
            let slot = scene.tokens.slot(for: CredentialID(connection: "api"))
            slot.publish(FakeTokens.snapshot("old", generation: 1, lifetime: -1))
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 200)
            #expect(await scene.upstream.requests.last?.all("Authorization") == ["Bearer new"])
            #expect(scene.tokens.asked == 1)
        }
    }

    @Test func `asks again, and looks for the new slot, where a slot was given up`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            let id = CredentialID(connection: "api")
            scene.tokens.publish("old", generation: 1)
            let first = try scene.ask(Self.get)
            #expect(first.status == 200)
            scene.tokens.retire(id)
            let tokens = scene.tokens
            tokens.answer { id in
                // As the service does: it loads the token again, and publishes it.
                tokens.publish("new", generation: 2)
                return .token(FakeTokens.snapshot("new", generation: 2, for: id), how: .hit)
            }
            for _ in 0..<3 {
                let answer = try scene.ask(Self.get)
                #expect(answer.status == 200)
            }
            let seen = await scene.upstream.requests.map { $0.all("Authorization") }
            #expect(seen == [["Bearer old"]] + Array(repeating: ["Bearer new"], count: 3))
            #expect(scene.tokens.asked == 1)
        }
    }

    @Test func `tells apart why there is no token`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            scene.tokens.answer { _ in .needsAuthorization(code: "revoked", message: "Gone.") }
            let person = try scene.ask(Self.get)
            #expect(person.status == 424)
            #expect(person.text.contains("\"revoked\"") && person.text.contains("Gone."))
            #expect(!person.has("Retry-After"))
            scene.tokens.answer { _ in .unavailable(retryAfter: .seconds(7), message: "Later.") }
            let later = try scene.ask(Self.get)
            #expect(later.status == 503 && later["Retry-After"] == "7")
            // Who comes back after it must not come too early.
            scene.tokens.answer { _ in .unavailable(retryAfter: .milliseconds(1001), message: "") }
            #expect(try scene.ask(Self.get)["Retry-After"] == "2")
            scene.tokens.answer { _ in .unavailable(retryAfter: .seconds(7), message: "Later.") }
            #expect(later.text.contains("token_unavailable"))
            scene.tokens.answer { _ in .timedOut }
            let late = try scene.ask(Self.get)
            #expect(late.status == 504 && late.text.contains("upstream_timeout"))
            #expect(await scene.upstream.received.isEmpty)
        }
    }

    @Test(arguments: [
        TokenTests.get, Scene.post("body"), Scene.post("body").replacing("POST", with: "PUT"),
    ])
    func `replays once after a 401`(request: String) async throws {
        try await Scene.run(Scene.tokened(), script: Self.picky) { scene in
            scene.tokens.publish("bad", generation: 1)
            scene.tokens.afterRejection {
                .replay(FakeTokens.snapshot("good", generation: 2, for: $0))
            }
            let client = try scene.client()
            try client.send(request + Self.get)
            #expect(try client.next().text == "ok")
            let requests = await scene.upstream.requests
            #expect(requests[0].text == requests[1].text)
            #expect(requests[1]["Authorization"] == "Bearer good")
            #expect(try client.next().status == 200)
            #expect(scene.tokens.rejections.first == .init(generation: 1, mayReplay: true))
            #expect(await scene.upstream.received.count == 1)
        }
    }

    @Test func `hands the second 401 back`() async throws {
        try await Scene.run(Scene.tokened(), script: Self.picky) { scene in
            scene.tokens.publish("bad", generation: 1)
            scene.tokens.afterRejection {
                .replay(FakeTokens.snapshot("worse", generation: 2, for: $0))
            }
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 401 && answer.text == "nope")
            #expect(!answer.has("WWW-Authenticate"))
            #expect(await scene.upstream.requests.count == 2)
        }
    }

    @Test func `hands the 401 back where there is no other token`() async throws {
        try await Scene.run(Scene.tokened(), script: Self.picky) { scene in
            scene.tokens.publish("bad", generation: 1)
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 401 && answer.text == "nope")
            #expect(await scene.upstream.requests.count == 1)
        }
    }

    @Test func `does not replay a streamed body`() async throws {
        try await Scene.run(Scene.tokened(), script: Self.picky) { scene in
            scene.tokens.publish("bad", generation: 1)
            scene.tokens.afterRejection {
                .replay(FakeTokens.snapshot("good", generation: 2, for: $0))
            }
            let answer = try scene.ask(Scene.chunked(["body"]))
            #expect(answer.status == 401)
            #expect(scene.tokens.rejections == [.init(generation: 1, mayReplay: false)])
            #expect(await scene.upstream.requests.count == 1)
        }
    }

    @Test func `leaves 401 alone where told`() async throws {
        let config = Scene.tokened(route: "on_401 pass;")
        try await Scene.run(config, script: Self.picky) { scene in
            scene.tokens.publish("bad", generation: 1)
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 401)
            #expect(scene.tokens.rejections.isEmpty)
        }
    }

    @Test func `replays over a new connection after a 401 that ends its own`() async throws {
        let picky = Self.picky
        try await Scene.run(
            Scene.tokened(),
            script: { seen in
                var reply = picky(seen)
                if seen.number == 0 { reply.acts.append(.close) }
                return reply
            },
            { scene in
                scene.tokens.publish("bad", generation: 1)
                scene.tokens.afterRejection {
                    .replay(FakeTokens.snapshot("good", generation: 2, for: $0))
                }
                let answer = try scene.ask(Scene.post("body"))
                #expect([200, 502].contains(answer.status))
                #expect(await scene.upstream.requests.count <= 2)
            }
        )
    }
}
