import Config
import Testing

/// States that are easy to get wrong: bodies nobody reads, ends that come early.
@Suite struct DoubtTests {
    @Test func `answers once where a streamed body has nowhere to go`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            let client = try scene.client()
            try client.send(Scene.chunked(["hello"]))
            #expect(try client.next().status == 503)
            try client.send(Scene.chunked(["more to come"], target: "/nowhere", end: false))
            let second = try client.next()
            #expect(second.status == 404)
            #expect(second["Connection"] == "close")
            client.finishSending()
            try client.readToEnd()
            #expect(client.received.isEmpty)
        }
    }

    @Test func `never reads the body of a refused request as the next one`() async throws {
        try await Scene.run(Scene.tokened()) { scene in
            let inner = "GET /api/evil HTTP/1.1\r\nHost: localhost\r\n\r\n"
            for request in [Scene.chunked([inner]), Scene.post(inner)] {
                let client = try scene.client()
                try client.send(request)
                #expect(try client.next().status == 503)
                client.finishSending()
                try client.readToEnd()
                #expect(client.received.isEmpty)
            }
        }
    }

    @Test func `goes on after a refused request whose body is here`() async throws {
        try await Scene.run { scene in
            let client = try scene.client()
            try client.send(Scene.post("body", target: "/nowhere"))
            try client.send("GET /api/next HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.next().status == 404)
            #expect(try client.next().status == 200)
            #expect(await scene.upstream.requests.map(\.target) == ["/base/next"])
        }
    }

    @Test func `closes after a refused request whose body is still to come`() async throws {
        try await Scene.run { scene in
            let client = try scene.client()
            try client.send(
                "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
            )
            let answer = try client.next()
            #expect(answer.status == 404)
            #expect(answer["Connection"] == "close")
            try client.offer(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            client.finishSending()
            try client.readToEnd()
            #expect(client.received.isEmpty)
        }
    }

    @Test func `answers a client that closed its sending side`() async throws {
        let reply = Reply(.wait("go"), .text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        try await Scene.run(script: { _ in reply }) { scene in
            let client = try scene.client()
            try client.send("GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.finishSending()
            #expect(await scene.upstream.until { $0.waiting == 1 })
            await scene.upstream.openGate("go")
            #expect(try client.next().text == "ok")
            try client.readToEnd()
        }
    }

    @Test(arguments: [(204, "GET"), (304, "GET"), (200, "HEAD"), (204, "HEAD"), (304, "HEAD")])
    func `a length beside no body is told but for 204`(status: Int, method: String) async throws {
        let text = "HTTP/1.1 \(status) X\r\nContent-Length: 5\r\n\r\n"
        try await Scene.run(script: { _ in Reply(.text(text)) }) { scene in
            let client = try scene.client()
            try client.send("\(method) /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let answer = try client.next(to: method)
            #expect(answer.status == status)
            #expect(answer["Content-Length"] == (status == 204 ? nil : "5"))
            #expect(!answer.has("Transfer-Encoding"))
        }
    }

    @Test func `names each refused request anew`() async throws {
        try await Scene.run { scene in
            var ids: Set<String> = []
            for _ in 0..<5 {
                let answer = try scene.ask("GET  / HTTP/1.1\r\n\r\n")
                #expect(answer.status == 400)
                let id = answer.text.split(separator: "\"request_id\":\"").last?.prefix(32)
                ids.insert(String(id ?? ""))
            }
            #expect(ids.count == 5)
        }
    }

    @Test func `logs valid lines for odd requests`() async throws {
        try await Scene.run { scene in
            _ = try scene.get("/api/%22%7b\"'{}|<>`^")
            _ = try scene.ask("GET /api/x\u{1} HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try scene.ask("\u{16}\u{3}garbage\r\n\r\n")
            _ = try scene.ask(Scene.post("abc", target: "/nowhere"))
            await scene.stop()
            let lines = scene.lines.text.split(separator: "\n")
            #expect(lines.count == 4)
            for line in lines { #expect(JSONCheck.isValid(String(line)), "\(line)") }
            #expect(lines[0].contains("\"path\":\"/api/%22%7b\\\"'{}|<>`^\""))
            #expect(lines[1].contains("\"method\":null,\"path\":null,\"status\":400"))
            #expect(lines[3].contains("\"bytes_in\":3,"))
        }
    }

    @Test func `keeps quotes out of combined lines`() async throws {
        try await Scene.run(format: .combined) { scene in
            _ = try scene.get("/api/a\"b")
            await scene.stop()
            #expect(scene.lines.text.contains("\"GET /api/a%22b HTTP/1.1\" 200 2"))
        }
    }
}
