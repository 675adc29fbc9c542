import Testing

/// Connections of callers, one after another and all at once.
@Suite struct ClientTests {
    private static let get = "GET /api/x HTTP/1.1\r\nHost: localhost\r\n"

    @Test func `each connection begins anew, whatever became of the one before`() async throws {
        try await Scene.run { scene in
            for round in 0..<20 {
                let client = try scene.client()
                switch round % 4 {
                case 0:
                    try client.send(Self.get + "Connection: close\r\n\r\n")
                    #expect(try client.next().text == "ok")
                case 1: try client.send(Self.get)
                case 2:
                    try client.send(Scene.post("whole", "Connection: close\r\n"))
                    #expect(try client.next(to: "POST").text == "ok")
                case _:
                    try client.send("nonsense\r\n\r\n")
                    #expect(try client.next().status == 400)
                }
                client.close()
            }
            let clients = try (0..<50).map { _ in try scene.client() }
            for client in clients { try client.send(Self.get + "\r\n") }
            for client in clients { #expect(try client.next().text == "ok") }
        }
    }

    @Test func `one too many is told so`() async throws {
        try await Scene.run(listener: "limits connections=1;") { scene in
            let first = try scene.client()
            try first.send(Self.get + "\r\n")
            #expect(try first.next().status == 200)
            let answer = try scene.client().next()
            #expect(answer.status == 503 && answer["Retry-After"] == "1")
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer.text.contains(#""code":"overloaded""#))
            let other = try scene.client().next()
            let ids = [answer, other].map { $0.text.split(separator: #""request_id":""#).last }
            #expect(ids[0] != ids[1] && answer.text.contains("request_id"))
        }
    }

    @Test func `an expectation that cannot be met does not cost a request its name`() async throws {
        try await Scene.run { scene in
            let client = try scene.client()
            try client.send(Self.get + "X-Request-Id: mine\r\nExpect: foo\r\n\r\n")
            let answer = try client.next()
            #expect(answer.status == 417 && answer["Connection"] == "close")
            #expect(answer.text.contains(#""request_id":"mine""#))
            client.finishSending()
            try client.readToEnd()
            await scene.stop()
            #expect(scene.lines.text.contains(#""request_id":"mine""#))
            #expect(scene.lines.text.contains(#""method":"GET","path":"/api/x""#))
        }
    }

    @Test func `the log tells how long our own answers are and counts no error that is none`()
        async throws
    {
        try await Scene.run { scene in
            let client = try scene.client()
            try client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let answer = try client.next()
            try client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.next(to: "OPTIONS").status == 204)
            await scene.stop()
            let lines = scene.lines.text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.contains("\"bytes_out\":\(answer.body.count),") == true)
            #expect(lines.last?.contains("\"error\":null") == true)
        }
    }

    @Test func `callers that have asked for nothing do not hold up the end`() async throws {
        try await Scene.run { scene in
            let silent = try scene.client()
            let idle = try scene.client()
            try idle.send(Self.get + "\r\n")
            #expect(try idle.next().status == 200)
            await scene.stop(within: .seconds(600))
            #expect(silent.received.isEmpty)
        }
    }
}
