import Time
import Bytes
import Glibc
import IO
import Testing

/// Both ends of one TLS connection on one loop.
actor TLSPair: LoopActor {
    nonisolated let loop: EventLoop
    fileprivate var client: TLSContext?
    fileprivate var server: TLSContext?
    fileprivate var received = 0

    init(_ loop: EventLoop) { self.loop = loop }

    static func certificate(_ name: String) -> String {
        String(#filePath.dropLast("TLSTests.swift".count)) + "Certificates/\(name)"
    }

    func prepare(certificate: String, authorities: String) throws {
        client = try TLSContext.client(authorities: .file(Self.certificate(authorities)))
        server = try TLSContext.server(
            TLSIdentity(
                certificate: .file(Self.certificate("\(certificate).pem")),
                key: .file(Self.certificate("\(certificate).key"))
            )
        )
    }

    private func serve(_ fd: CInt) async {
        guard let server else { return }
        let stream = ByteStream(fd: fd, peer: nil, on: loop)
        defer { stream.close() }
        let buffer = Buffer(capacity: 1 << 16)
        guard (try? await stream.acceptTLS(server, until: loop.now + .seconds(5))) != nil else {
            return
        }
        while let count = try? await stream.fill(buffer, until: loop.now + .seconds(5)), count > 0 {
            guard (try? await stream.drain(buffer, until: loop.now + .seconds(5))) != nil else {
                return
            }
        }
    }

    /// Sends `bytes`, reads them back; answers whether the session was resumed.
    func exchange(name: String, bytes: Int) async throws -> Bool {
        let pair = try ByteStream.socketPair()
        let far = pair.1
        let other = loop.start { await self.serve(far) }
        let stream = ByteStream(fd: pair.0, peer: nil, on: loop)
        do {
            try await stream.startTLS(
                try #require(client),
                serverName: name,
                port: 1,
                until: loop.now + .seconds(5)
            )
        } catch {
            stream.close()
            await other.value
            throw error
        }
        var sent = 0
        var received = 0
        let outgoing = Buffer(capacity: 1 << 15)
        let incoming = Buffer(capacity: 1 << 15)
        while received < bytes {
            if sent < bytes {
                let piece = min(30_000, bytes - sent)
                outgoing.append([UInt8](repeating: UInt8(truncatingIfNeeded: sent), count: piece))
                sent += piece
                try await stream.drain(outgoing, until: loop.now + .seconds(5))
            }
            while received < sent {
                received += try await stream.fill(incoming, until: loop.now + .seconds(5))
                incoming.clear()
            }
        }
        let resumed = stream.isTLSResumed
        stream.close()
        await other.value
        return resumed
    }
}

extension TLSPair {
    /// Echoes, but waits for something to read before it reads, as one who holds no buffer does.
    private func serveWaiting(_ fd: CInt) async -> Int {
        guard let server else { return 0 }
        let stream = ByteStream(fd: fd, peer: nil, on: loop)
        defer { stream.close() }
        guard (try? await stream.acceptTLS(server, until: loop.now + .seconds(5))) != nil,
            (try? await stream.waitReadable(until: loop.now + .seconds(5))) != nil
        else { return 0 }
        return (try? await stream.fill(Buffer(capacity: 64), until: loop.now + .seconds(5))) ?? 0
    }

    /// Sends a byte in the same instant in which the client's side of the handshake ends.
    func sendWithHandshake() async throws -> Int {
        let pair = try ByteStream.socketPair()
        let far = pair.1
        let other = loop.start { await self.finish(far) }
        let stream = ByteStream(fd: pair.0, peer: nil, on: loop)
        defer { stream.close() }
        try await stream.startTLS(
            try #require(client),
            serverName: "localhost",
            port: 2,
            until: loop.now + .seconds(5)
        )
        let outgoing = Buffer(capacity: 64)
        outgoing.append(UInt8(1))
        try await stream.drain(outgoing, until: loop.now + .seconds(5))
        await other.value
        return received
    }

    private func finish(_ fd: CInt) async {
        received = await serveWaiting(fd)
    }
}

@Suite struct TLSTests {
    @Test func `a byte that comes with the end of the handshake is not waited for`() async throws {
        let pair = try await pair("localhost")
        #expect(try await pair.sendWithHandshake() == 1)
    }

    private func pair(_ certificate: String, authorities: String = "ca.pem") async throws -> TLSPair
    {
        let pair = TLSPair(try EventLoop(name: "test"))
        try await pair.prepare(certificate: certificate, authorities: authorities)
        return pair
    }

    @Test func `bytes come back whole and the second handshake resumes the session`() async throws {
        let pair = try await pair("localhost")
        #expect(try await pair.exchange(name: "localhost", bytes: 300_000) == false)
        #expect(try await pair.exchange(name: "localhost", bytes: 1) == true)
    }

    @Test func `an address in the certificate is accepted`() async throws {
        _ = try await pair("localhost").exchange(name: "127.0.0.1", bytes: 10)
    }

    @Test func `a certificate for another name is refused`() async throws {
        let pair = try await pair("other")
        let failure = await #expect(throws: IOError.self) {
            try await pair.exchange(name: "localhost", bytes: 1)
        }
        guard case .tls(let reason) = failure else {
            Issue.record("not a TLS failure: \(String(describing: failure))")
            return
        }
        #expect(reason.contains("mismatch"))
    }

    @Test func `a certificate of an unknown authority is refused`() async throws {
        let pair = try await pair("localhost", authorities: "other.pem")
        await #expect(throws: IOError.self) { try await pair.exchange(name: "localhost", bytes: 1) }
    }

    @Test func `a key that does not fit its certificate is refused when loaded`() {
        #expect(throws: IOError.self) {
            try TLSContext.server(
                TLSIdentity(
                    certificate: .file(TLSPair.certificate("localhost.pem")),
                    key: .file(TLSPair.certificate("other.key"))
                )
            )
        }
    }

    @Test func `a missing file is refused, its path unsaid: it may be what a reference gave`() {
        let failure = #expect(throws: IOError.self) {
            try TLSContext.client(authorities: .file("/nonexistent/ca.pem"))
        }
        guard case .tls(let reason) = failure else { return }
        #expect(reason.contains("authorities") && !reason.contains("/nonexistent/ca.pem"))
    }
}
