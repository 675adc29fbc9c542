import Support
import Testing

/// Bodies in both directions, whole, in pieces and broken off.
@Suite struct BodyTests {
    private static let expecting =
        "POST /api/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"

    @Test func `sends a small body with its head`() async throws {
        try await Scene.run { scene in
            let answer = try scene.ask(Scene.post("hello"))
            #expect(answer.status == 200)
            let seen = await scene.upstream.requests.last
            #expect(seen?.text == "hello" && seen?["Content-Length"] == "5")
        }
    }

    @Test func `keeps a length of none where the caller said so`() async throws {
        try await Scene.run { scene in
            _ = try scene.ask(Scene.post(""))
            #expect(await scene.upstream.requests.last?["Content-Length"] == "0")
        }
    }

    @Test(arguments: [false, true])
    func `reads a request cut at every byte`(chunked: Bool) async throws {
        try await Scene.run { scene in
            let text =
                chunked
                ? Scene.chunked(["hello", "w", "orld, 0123456789"]) : Scene.post("hello, world")
            let request = Array(text.utf8)
            let client = try scene.client()
            for place in 1..<request.count {
                try client.send(Array(request[..<place]))
                try client.send(Array(request[place...]))
                let answer = try client.next()
                #expect(answer.status == 200, "cut at \(place)")
                let text = await scene.upstream.requests.last?.text
                #expect(text == (chunked ? "helloworld, 0123456789" : "hello, world"))
            }
            let single = try scene.client()
            for byte in request { try single.send([byte]) }
            let answer = try single.next()
            #expect(answer.status == 200)
        }
    }

    @Test func `drops extensions and trailers of a chunked request`() async throws {
        try await Scene.run { scene in
            let client = try scene.client()
            try client.send(
                "POST /api/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;a=\"b\"\r\nabc\r\n002\r\nde\r\n0;z\r\nAuthorization: x\r\nHost: y\r\n\r\n"
                    + "GET /api/next HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            _ = try client.next()
            _ = try client.next()
            let seen = await scene.upstream.requests
            #expect(seen.map(\.text) == ["abcde", ""])
            #expect(seen.map(\.isChunked) == [true, false])
            #expect(!seen[0].has("Authorization"))
        }
    }

    @Test(arguments: [false, true])
    func `streams a large body`(chunked: Bool) async throws {
        try await Scene.run { scene in
            let piece = String(repeating: "0123456789", count: 5_000)
            let pieces = Array(repeating: piece, count: 20)
            let text = chunked ? Scene.chunked(pieces) : Scene.post(pieces.joined())
            let client = try scene.client()
            try client.send(text)
            try client.send("GET /api/next HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try client.next()
            _ = try client.next()
            let seen = await scene.upstream.requests
            #expect(seen[0].body.count == 1_000_000 && seen[0].text == pieces.joined())
            #expect(seen[1].target == "/base/next")
        }
    }

    @Test(arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
    func `asks for the body once the request is admitted`(framing: String) async throws {
        try await Scene.run { scene in
            let client = try scene.client()
            try client.send(Self.expecting + framing + "\r\n\r\n")
            #expect(try client.next().status == 100)
            try client.send(framing.hasPrefix("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")
            #expect(try client.next().status == 200)
            #expect(await scene.upstream.requests.last?.text == "hello")
            #expect(await scene.upstream.requests.last?.has("Expect") == false)
        }
    }

    @Test func `does not ask for the body of a request that it refuses`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            for framing in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
                let client = try scene.client()
                let request = Self.expecting.replacing("/api/", with: "/nowhere/")
                try client.send(request + framing + "\r\n\r\n")
                #expect(try client.next().status == 404)
            }
            let client = try scene.client()
            try client.send(Self.expecting + "Transfer-Encoding: chunked\r\n\r\n")
            #expect(try client.next().status == 503)
        }
    }

    @Test func `does not ask a 1.0 client, or one that has sent already`() async throws {
        try await Scene.run { scene in
            let old = try scene.client()
            try old.send(
                Self.expecting.replacing("1.1", with: "1.0") + "Content-Length: 2\r\n\r\nab"
            )
            #expect(try old.next().status == 200)
            let eager = try scene.client()
            try eager.send(Self.expecting + "Content-Length: 2\r\n\r\nab")
            #expect(try eager.next().status == 200)
        }
    }

    @Test func `hands an early answer back and reads no more requests`() async throws {
        let text = "HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno"
        try await Scene.run(script: { _ in Reply(.text(text), early: true) }) { scene in
            let client = try scene.client()
            try client.send(Scene.chunked(["first"], end: false))
            let answer = try client.next()
            #expect(answer.status == 413 && answer.text == "no")
            #expect(answer["Connection"] == "close")
            try client.offer(Array("GET /api/evil HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            client.finishSending()
            try client.readToEnd()
            #expect(client.received.isEmpty)
            #expect(await scene.upstream.until { $0.ended.contains(0) })
            #expect(await scene.upstream.requests.isEmpty)
            #expect(await scene.upstream.received.count == 1)
        }
    }

    @Test func `breaks off upstream what the client breaks off`() async throws {
        try await Scene.run { scene in
            for (text, leave) in [
                (Scene.chunked(["part"], end: false), false),
                (Scene.chunked(["part"], end: false), true),
                (
                    "POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\npart",
                    true
                ),
            ] {
                let before = await scene.upstream.received.count
                let client = try scene.client()
                try client.send(text)
                #expect(
                    await scene.upstream.until { upstream in
                        upstream.received.count > before
                            && String(decoding: upstream.received[before], as: UTF8.self)
                                .contains("part")
                    }
                )
                if leave { client.abort() } else { client.finishSending() }
                #expect(await scene.upstream.until { $0.ended.contains(before) })
                if !leave { #expect(try client.next().status == 400) }
            }
            #expect(await scene.upstream.requests.isEmpty)
        }
    }

    @Test func `shows a client that an answer was cut short`() async throws {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nX\r\n",
        ] {
            try await Scene.run(script: { _ in
                Reply(.text(text), .wait("go"), .close)
            }) { scene in
                let client = try scene.client()
                try client.send("GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if !text.hasSuffix("X\r\n") { try client.read(until: "half") }
                await scene.upstream.openGate("go")
                try client.readToEnd()
                #expect(client.wasReset || client.received.isEmpty == false)
                #expect(throws: TestFailure.self) { try client.next() }
            }
        }
    }

    @Test func `refuses bodies over the limit`() async throws {
        let config = Scene.plain(route: "limits body=10;")
        try await Scene.run(config) { scene in
            #expect(try scene.ask(Scene.post("0123456789")).status == 200)
            #expect(try scene.ask(Scene.chunked(["01234", "56789"])).status == 200)
            let long = try scene.ask(Scene.post("0123456789a"))
            #expect(long.status == 413 && long.text.contains("too_large"))
            let eager = try scene.client()
            try eager.send(Scene.post("0123456789a") + Scene.post("next"))
            #expect(try eager.next()["Connection"] == "close")
            eager.finishSending()
            try eager.readToEnd()
            #expect(eager.received.isEmpty)
            let client = try scene.client()
            try client.send(Scene.chunked(["01234", "56789", "a"]))
            let answer = try client.next()
            #expect(answer.status == 413 && answer["Connection"] == "close")
            client.finishSending()
            try client.readToEnd()
            #expect(await scene.upstream.requests.count == 2)
        }
    }

    @Test func `gives the answer its time after a long upload`() async throws {
        let config = Scene.plain(route: "timeouts first_byte=200ms;")
        try await Scene.run(config) { scene in
            let client = try scene.client()
            try client.send(Scene.chunked(["first"], end: false))
            client.wait(atMost: 500)
            #expect(try client.receive() == false)
            client.wait(atMost: 10_000)
            try client.send("0\r\n\r\n")
            #expect(try client.next().status == 200)
        }
    }
}
