import Glibc
import Support
import Testing

extension EndToEnd {
    /// How it stops.
    @Suite(.requires(.python3)) struct ShutdownTests {
        /// A proxy with a stream of events under way.
        private struct Streaming {
            let upstream: Upstream
            let proxy: Attache
            let client: HTTPProbe

            init() throws {
                upstream = try Upstream()
                proxy = try Attache(upstream.configuration())
                client = try proxy.connect()
                try client.send("GET /up/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try client.readHead()
            }
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func `ends what is under way and takes nothing new`(_ signal: Int32) throws {
            let running = try Streaming()
            let proxy = running.proxy
            let idle = try proxy.connect()
            try idle.send("GET /up/echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try idle.readResponse().status == 200)

            proxy.process.send(signal)
            try Wait.until("the port to close") { !HTTPProbe.accepts(proxy.port) }
            #expect(try idle.isAtEnd())
            #expect(try running.upstream.number("event", "still here") == 1)
            let part = try #require(try running.client.nextPart())
            #expect(String(decoding: part, as: UTF8.self) == "data: still here\n\n")
            #expect(proxy.process.isRunning)
            _ = try running.upstream.ask("end-events", "")
            #expect(try running.client.nextPart() == nil)
            #expect(try running.client.isAtEnd())
            #expect(try proxy.process.wait(seconds: 10) == .code(0))
        }

        @Test func `a second signal ends it at once`() throws {
            let running = try Streaming()
            running.proxy.process.send(SIGTERM)
            try Wait.until("the port to close") { !HTTPProbe.accepts(running.proxy.port) }
            #expect(running.proxy.process.isRunning)
            running.proxy.process.send(SIGTERM)
            try running.proxy.process.wait(seconds: 10)
            #expect(throws: (any Error).self) {
                while try running.client.nextPart() != nil {}
            }
        }

        @Test func `with nothing under way it ends at once`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            #expect(try Echo(proxy.fetch("/up/echo")).method == "GET")
            proxy.process.send(SIGTERM)
            #expect(try proxy.process.wait(seconds: 10) == .code(0))
        }
    }
}
