import Support
import Testing

extension EndToEnd {
    /// Bodies that pass while they are made.
    @Suite(.requires(.python3)) struct StreamingTests {
        @Test func `server-sent events arrive one by one`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let client = try proxy.connect()
            try client.send("GET /up/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let head = try client.readHead()
            #expect(head.status == 200)
            #expect(head["Content-Type"] == "text/event-stream")
            for number in 1...5 {
                // The next event is made only when this one has arrived.
                #expect(try upstream.number("event", "event \(number)") == 1)
                let part = try #require(try client.nextPart())
                #expect(String(decoding: part, as: UTF8.self) == "data: event \(number)\n\n")
            }
            _ = try upstream.ask("end-events", "")
            #expect(try client.nextPart() == nil)

            try client.send("GET /up/echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.readResponse().status == 200)
        }

        @Test func `a caller that leaves ends the upstream's stream`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            do {
                let client = try proxy.connect()
                try client.send("GET /up/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try client.readHead()
                #expect(try upstream.number("event", "x") == 1)
            }
            try Wait.until("the end of the stream") {
                try upstream.number("event", "y") == 0
            }
        }

        @Test func `a slow reader slows the upstream`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let client = try proxy.connect(receiveBuffer: 64 << 10)
            let all = 2 << 30
            try client.send("GET /up/big?bytes=\(all) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.readHead().status == 200)
            let sent = try Plateau.find("the bytes sent") { try upstream.number("sent") }
            // The kernel's buffers on both sides hold some; the proxy must hold next to nothing.
            #expect(sent > 0)
            #expect(sent < 48 << 20)
            #expect(try proxy.process.memory("VmHWM") < 64 << 20)
        }

        @Test func `a slow upstream slows the caller`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration(), listener: "limits body=3g;")
            let client = try proxy.connect(timeout: 1)
            let head = "POST /up/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2147483648\r\n"
            try client.send(head + "\r\n")
            let piece = [UInt8](repeating: 0, count: 1 << 20)
            var sent = 0
            // Until a send has waited for a second.
            while sent < 2048, (try? client.send(piece)) != nil { sent += 1 }
            #expect(sent > 0)
            #expect(sent < 48, "\(sent) MiB were taken though nobody read them")
            #expect(try proxy.process.memory("VmHWM") < 64 << 20)
        }

        @Test func `2 GiB up pass with less than 64 MiB resident`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration(), listener: "limits body=3g;")
            let client = try proxy.connect()
            let size = 2 << 30
            let head = "POST /up/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n"
            try client.send(head + "\r\n")
            try client.sendZeros(size)
            let response = try client.readResponse(answering: "POST")
            #expect(response.text == "{\"bytes\": \(size)}")
            #expect(try proxy.process.memory("VmHWM") < 64 << 20)
        }

        @Test(arguments: ["", "&chunked=1"])
        func `2 GiB down pass with less than 64 MiB resident`(_ query: String) throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let client = try proxy.connect()
            let size = 2 << 30
            let target = "/up/big?bytes=\(size)\(query)"
            try client.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.readHead().status == 200)
            #expect(try client.countBody() == size)
            #expect(try proxy.process.memory("VmHWM") < 64 << 20)
        }
    }
}

/// A number that grows until it does not.
enum Plateau {
    /// Asks until the answer has stayed the same for a second.
    static func find(_ what: String, _ ask: () throws -> Int) throws -> Int {
        var last = try ask()
        var since = ContinuousClock.now
        try Wait.until("\(what) to stay the same") {
            let now = try ask()
            if now != last { since = ContinuousClock.now }
            last = now
            return last > 0 && ContinuousClock.now - since > .seconds(1)
        }
        return last
    }
}
