import Time
import Bytes
import Glibc
import IO
import Support
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("10.1.2.3", "10.1.2.3:80"),
    ])
    func `reads IP literals`(text: String, shown: String) throws {
        let address = try #require(SocketAddress(ip: text, port: 80))
        #expect(address.description == shown)
        #expect(address.isLoopback == (text != "10.1.2.3"))
    }

    @Test(arguments: ["localhost", "1.2.3", "256.1.1.1", "", "::g", "127.0.0.1\0"])
    func `refuses what is no literal`(text: String) {
        #expect(SocketAddress(ip: text, port: 80) == nil)
    }

    /// An address of this machine that is not its loopback, if it has one; nothing is sent for that.
    private static func ownAddress() -> String? {
        let socket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(9).bigEndian
        address.sin_addr.s_addr = UInt32(0xc000_0201).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard unsafe connect(socket, $0, length) == 0 else { return false }
                return unsafe getsockname(socket, $0, &length) == 0
            }
        }
        let ip = UInt32(bigEndian: address.sin_addr.s_addr)
        return isKnown
            ? [24, 16, 8, 0].map { "\(ip >> $0 & 255)" }.joined(separator: ".") : nil
    }

    @Test func `knows what arrives at a listener`() throws {
        func covers(_ bound: String, _ target: String, port: Int = 80) throws -> Bool {
            let listener = try #require(SocketAddress(ip: bound, port: 80))
            return listener.covers(try #require(SocketAddress(ip: target, port: port)))
        }
        for (bound, target) in [
            ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "::ffff:127.0.0.1"),
            ("127.0.0.1", "0.0.0.0"), ("::1", "::"), ("0.0.0.0", "127.9.9.9"), ("::", "::1"),
            ("0.0.0.0", "0.0.0.0"), ("::", "::ffff:0.0.0.0"), ("10.1.2.3", "::ffff:10.1.2.3"),
        ] {
            #expect(try covers(bound, target), "\(target) at \(bound)")
            #expect(try !covers(bound, target, port: 81), "\(target) at \(bound)")
        }
        for (bound, target) in [
            ("127.0.0.1", "127.0.0.2"), ("0.0.0.0", "203.0.113.1"), ("::", "2001:db8::1"),
            ("10.1.2.3", "0.0.0.0"), ("10.1.2.3", "127.0.0.1"),
        ] {
            #expect(try !covers(bound, target), "\(target) at \(bound)")
        }
        guard let own = Self.ownAddress() else { return }
        #expect(try covers("0.0.0.0", own))
        #expect(try covers("0.0.0.0", "::ffff:\(own)"))
    }

    @Test func `refuses a path that the kernel could not hold`() {
        #expect(SocketAddress(path: String(repeating: "x", count: 108)) == nil)
        #expect(SocketAddress(path: "") == nil)
        #expect(SocketAddress(path: "/tmp/a")?.description == "unix:/tmp/a")
    }
}

@Suite struct ListenerTests {
    /// Connects to its own listener.
    actor Loopback: LoopActor {
        nonisolated let loop: EventLoop

        init(_ loop: EventLoop) { self.loop = loop }

        /// A client's stream, and what the listener accepted of it.
        ///
        /// `saying`: what the client sends at once; nothing for one that stays silent.
        private func accepted(saying text: String) async throws
            -> (ByteStream, fd: CInt, peer: SocketAddress?)
        {
            let socket = try ListeningSocket(
                try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
                shared: true
            )
            defer { socket.close() }
            let listener = try Listener(socket, on: loop)
            defer { listener.close() }
            let client = try await ByteStream.connect(
                to: socket.address,
                on: loop,
                until: loop.now + .seconds(5)
            )
            let words = Buffer(capacity: 64)
            words.append(Array(text.utf8))
            try await client.drain(words, until: loop.now + .seconds(5))
            while await listener.waitForConnection() {
                guard case .connection(let fd, let peer) = listener.accept() else { continue }
                return (client, fd, peer)
            }
            throw IOError.closed
        }

        /// The same with the server's end as a stream.
        private func connected(saying text: String) async throws -> (ByteStream, ByteStream) {
            let (client, fd, peer) = try await accepted(saying: text)
            return (client, ByteStream(fd: fd, peer: peer, on: loop))
        }

        /// Whether the address of a client that says this is known to be ours.
        func roundTrip(saying text: String) async throws -> Bool {
            let (client, server) = try await connected(saying: text)
            defer { client.close() }
            defer { server.close() }
            return server.peerAddress?.isLoopback == true
        }

        /// How many bytes a client reads to the clean end of a connection that is refused.
        func bytesOfRefusal() async throws -> Int {
            let (client, fd, _) = try await accepted(saying: "unread")
            defer { client.close() }
            ByteStream.refuse(fd, with: Array("answer".utf8))
            let got = Buffer(capacity: 64)
            while try await client.fill(got, until: loop.now + .seconds(5)) > 0 {}
            return got.count
        }

        /// What a client gets of an answer whose server closes at once, leaving its words unread.
        func answerOfHastyServer() async throws -> String {
            let (client, server) = try await connected(saying: "unread")
            defer { client.close() }
            let answer = Buffer(capacity: 64)
            answer.append(Array("answer".utf8))
            server.endsSoon = true
            #expect(try server.write(from: answer))
            server.close()
            let got = Buffer(capacity: 64)
            _ = try await client.fill(got, until: loop.now + .seconds(5))
            return got.withReadable { bytes in
                String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
            }
        }

        func connectToNobody() async throws -> IOError? {
            let socket = try ListeningSocket(
                try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
                shared: false
            )
            let address = socket.address
            socket.close()
            do {
                let stream = try await ByteStream.connect(
                    to: address,
                    on: loop,
                    until: loop.now + .seconds(5)
                )
                stream.close()
                return nil
            } catch {
                return error
            }
        }
    }

    @Test(arguments: ["GET", ""])
    func `a connection is accepted with its peer's address`(saying text: String) async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        #expect(try await Loopback(loop).roundTrip(saying: text))
    }

    @Test func `an answer that leaves together with the end arrives`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        #expect(try await Loopback(loop).answerOfHastyServer() == "answer")
    }

    @Test func `a socket takes the place of a dead one, and of nothing else`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("file", "kept")
        let address = try #require(SocketAddress(path: path))
        #expect(throws: IOError.system(call: "bind", errno: ENOTSOCK)) {
            try ListeningSocket(address, shared: false)
        }
        #expect(Files.read(path) == "kept")
        let place = try #require(SocketAddress(path: folder.file("socket")))
        let dead = try ListeningSocket(place, shared: false)
        close(dead.fd)
        try ListeningSocket(place, shared: false).close()
    }

    @Test func `a refused connection ends cleanly behind its last word`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        #expect(try await Loopback(loop).bytesOfRefusal() == 6)
    }

    @Test func `nobody listening is unreachable`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        #expect(try await Loopback(loop).connectToNobody() == .unreachable(errno: ECONNREFUSED))
    }

    @Test func `a second instance on the port is found out`() throws {
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        let first = try ListeningSocket(any, shared: true)
        defer { first.close() }
        #expect(throws: IOError.system(call: "bind", errno: EADDRINUSE)) {
            try ListeningSocket.probe(first.address)
        }
    }
}
