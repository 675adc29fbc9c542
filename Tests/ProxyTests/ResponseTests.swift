import Testing

/// What of an upstream's answer reaches the caller.
@Suite struct ResponseTests {
    private func answer(
        _ text: String,
        config: String = Scene.plain(),
        method: String = "GET",
        version: String = "1.1",
        _ acts: Reply.Act...
    ) async throws -> Message {
        var reply = Reply(.text(text))
        reply.acts += acts
        let script = reply
        var answer = Message()
        try await Scene.run(config, script: { _ in script }) { scene in
            let request = "\(method) /api/x HTTP/\(version)\r\nHost: localhost\r\n\r\n"
            answer = try scene.ask(request, method: method)
        }
        return answer
    }

    private func ok(_ fields: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\n\(fields)\r\nContent-Length: 0\r\n\r\n"
    }

    @Test(arguments: [
        "Keep-Alive: 5", "Proxy-Connection: x", "Upgrade: h2c", "Trailer: x", "TE: trailers",
        "HTTP2-Settings: a", "Proxy-Authenticate: Basic", "Alt-Svc: h3=\":443\"",
        "Set-Cookie: a=1", "Access-Control-Allow-Origin: *", "Access-Control-Max-Age: 1",
        "Connection: X-Hop\r\nX-Hop: 1", "Connection: x-hop, close\r\nX-HOP: 1",
        "Content_Length: 7", "Transfer_Encoding: chunked",
    ])
    func `drops`(field: String) async throws {
        let answer = try await answer(ok("\(field)\r\nX-Kept: yes"))
        let name = String(field.split(separator: "\n").last?.prefix { $0 != ":" } ?? "")
        #expect(answer["X-Kept"] == "yes")
        #expect(!answer.fields.contains { $0.name.lowercased() == name.lowercased() })
        #expect(answer.all("Connection").isEmpty)
    }

    @Test func `passes what belongs to the caller`() async throws {
        let answer = try await answer(
            "HTTP/1.1 418 Short and stout\r\nETag: \"x\"\r\nLink: <a>\r\nLink: <b>\r\n"
                + "Location: http://elsewhere.example/\r\nContent-Encoding: gzip\r\n"
                + "Content-Length: 3\r\n\r\nabc"
        )
        #expect(answer.start == ["HTTP/1.1", "418", "Short and stout"])
        #expect(answer.all("Link") == ["<a>", "<b>"])
        #expect(answer["Location"] == "http://elsewhere.example/")
        #expect(answer.text == "abc")
    }

    @Test func `hands a redirect back`() async throws {
        try await Scene.run(script: { _ in
            Reply(.text("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"))
        }) { scene in
            let answer = try scene.get("/api/x")
            #expect(answer.status == 302)
            #expect(await scene.upstream.requests.count == 1)
        }
    }

    @Test func `drops challenges with 401 alone`() async throws {
        let field = "WWW-Authenticate: Bearer"
        #expect(try await answer(ok(field, status: "401 No")).all("WWW-Authenticate").isEmpty)
        #expect(try await answer(ok(field, status: "403 No")).has("WWW-Authenticate"))
    }

    @Test func `passes cookies where told`() async throws {
        let text = ok("Set-Cookie: a=1\r\nSet-Cookie: b=2")
        let config = Scene.plain(route: "cookies pass;")
        #expect(try await answer(text, config: config).all("Set-Cookie") == ["a=1", "b=2"])
    }

    @Test func `adds a date where there is none`() async throws {
        #expect(try await answer(ok("X: y")).all("Date").count == 1)
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(try await answer(ok("Date: \(date)")).all("Date") == [date])
    }

    @Test func `re-frames what ends with the connection`() async throws {
        let text = "HTTP/1.0 200 OK\r\n\r\nhello"
        let chunked = try await answer(text, .close)
        #expect(chunked.isChunked && chunked.text == "hello")
        let old = try await answer(text, version: "1.0", .close)
        #expect(!old.isChunked && old.text == "hello" && old["Connection"] == "close")
    }

    @Test func `drops extensions and trailers`() async throws {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;a=b;c=\"d\"\r\nabc\r\n0002\r\nde\r\n0;x\r\nAuthorization: x\r\nContent-Length: 9\r\n\r\n"
        let answer = try await answer(text)
        #expect(answer.text == "abcde" && answer.isChunked)
        let old = try await self.answer(text, version: "1.0")
        #expect(old.text == "abcde" && !old.isChunked)
    }

    @Test func `passes interim answers on and swallows 100`() async throws {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\nConnection: X-Hop\r\n"
            + "X-Hop: 1\r\nSet-Cookie: a=b\r\nContent-Length: 3\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        for method in ["GET", "HEAD"] {
            try await Scene.run(script: { _ in Reply(.text(text), .close) }) { scene in
                let client = try scene.client()
                try client.send("\(method) /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let hints = try client.next(to: method)
                #expect(hints.status == 103)
                #expect(hints.fields.map(\.name) == ["Link"])
                #expect(try client.next(to: method).status == 200)
            }
        }
        #expect(try await answer(text, version: "1.0", .close).status == 200)
    }

    @Test func `refuses protocols that nobody asked for`() async throws {
        let answer = try await answer("HTTP/1.1 101 Switching\r\nUpgrade: foo\r\n\r\n")
        #expect(answer.status == 502)
        #expect(answer.text.contains("upstream_protocol"))
    }

    @Test func `answers pipelined requests in order`() async throws {
        try await Scene.run(script: { seen in
            let target = seen.message.target
            return Reply(
                .text(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(target.count)\r\n\r\n\(seen.message.method == "HEAD" ? "" : target)"
                )
            )
        }) { scene in
            let client = try scene.client()
            try client.send(
                ["GET /api/a", "HEAD /api/b", "GET /api/c"].map {
                    "\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n"
                }.joined() + Scene.post("body", target: "/api/d")
                    + Scene.chunked(["x"], target: "/api/e")
            )
            #expect(try client.next().text == "/base/a")
            #expect(try client.next(to: "HEAD")["Content-Length"] == "7")
            #expect(try client.next().text == "/base/c")
            #expect(try client.next().text == "/base/d")
            #expect(try client.next().text == "/base/e")
        }
    }

    @Test func `takes a large head and refuses a larger one`() async throws {
        let line = "X-Long: " + String(repeating: "a", count: 1000) + "\r\n"
        let good = "HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 50)
        #expect(try await answer(good + "Content-Length: 0\r\n\r\n").all("X-Long").count == 50)
        let bad = "HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 70)
        #expect(try await answer(bad + "Content-Length: 0\r\n\r\n").status == 502)
    }
}
