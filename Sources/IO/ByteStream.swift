package import Time
package import Bytes
internal import CLinux
internal import Glibc

/// What one look at a stream brought.
package enum ReadOutcome: Equatable, Sendable {
    case bytes(Int)
    /// The peer has finished sending, cleanly.
    case end
    /// Nothing there yet.
    case wouldBlock
}

/// A connected socket, plain or TLS, whose reads and writes never block the loop.
package final class ByteStream {
    private let descriptor: Descriptor
    private var tls: TLSSession?
    package private(set) var peerAddress: SocketAddress?
    /// Set before the last write where `close` or `finishSending` follows at once.
    ///
    /// The kernel then sends that write and the connection's end in one packet. TLS ignores it.
    package var endsSoon = false

    /// Takes over a connected socket; accepted ones have `TCP_NODELAY` from their listener.
    package init(fd: CInt, peer: SocketAddress?, on loop: EventLoop) {
        descriptor = Descriptor(fd: fd, loop: loop)
        peerAddress = peer
    }

    /// Takes over another connected socket once the last one is closed.
    package func reopen(fd: CInt, peer: SocketAddress?) {
        descriptor.reopen(fd: fd)
        tls = nil
        endsSoon = false
        peerAddress = peer
    }

    /// Two connected sockets that are on no loop yet, for talking to ourselves.
    package static func socketPair() throws(IOError) -> (CInt, CInt) {
        var pair: [CInt] = [0, 0]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw .system(call: "socketpair", errno: errno)
        }
        return (pair[0], pair[1])
    }

    /// Connects to an address.
    ///
    /// - Throws: `IOError.unreachable`, `timedOut`, `cancelled`, or `system`.
    package static func connect(
        to address: SocketAddress,
        on loop: EventLoop,
        until deadline: Instant
    ) async throws(IOError) -> ByteStream {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let fd = socket(address.domain, type, 0)
        guard fd >= 0 else {
            throw errno == EMFILE || errno == ENFILE
                ? .exhausted : .system(call: "socket", errno: errno)
        }
        if address.family != .unix {
            var one: CInt = 1
            let size = socklen_t(MemoryLayout<CInt>.size)
            unsafe setsockopt(fd, CInt(IPPROTO_TCP), TCP_NODELAY, &one, size)
        }
        let result = unsafe address.withSockaddr { unsafe Glibc.connect(fd, $0, $1) } ?? -1
        let failure = result == 0 ? 0 : errno
        guard failure == 0 || failure == EINPROGRESS else {
            Glibc.close(fd)
            throw .unreachable(errno: failure)
        }
        let stream = ByteStream(fd: fd, peer: address, on: loop)
        // It will be kept, and its end must be heard while nobody reads.
        if let refusal = stream.descriptor.watch() {
            stream.close()
            throw .system(call: "epoll_ctl", errno: refusal)
        }
        if failure == EINPROGRESS {
            stream.descriptor.isWritable = false
            do throws(IOError) {
                try await stream.descriptor.waitWritable(until: deadline).check()
                try stream.checkConnected()
            } catch {
                stream.close()
                throw error
            }
        }
        return stream
    }

    /// Connects to the first of several addresses that answers, each given its share of the time.
    ///
    /// - Throws: what the last one failed with.
    package static func connect(
        toAnyOf addresses: [SocketAddress],
        on loop: EventLoop,
        until deadline: Instant
    ) async throws(IOError) -> ByteStream {
        var failure = IOError.unreachable(errno: EHOSTUNREACH)
        for (index, address) in addresses.enumerated() {
            let left = deadline - Instant.now
            guard left > .zero else { throw .timedOut }
            let share = left / (addresses.count - index)
            do throws(IOError) {
                return try await connect(to: address, on: loop, until: loop.now + share)
            } catch {
                failure = error
                if error == .cancelled || error == .exhausted { break }
            }
        }
        throw failure
    }

    private func checkConnected() throws(IOError) {
        var failure: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(descriptor.fd, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0 else { throw .unreachable(errno: failure) }
    }

    /// Starts TLS as the client; the server must prove to be `serverName`.
    package func startTLS(
        _ context: TLSContext,
        serverName: String,
        port: Int,
        until deadline: Instant
    ) async throws(IOError) {
        let session = try TLSSession(
            client: context,
            descriptor: descriptor,
            serverName: serverName,
            port: port
        )
        try await session.handshake(until: deadline)
        tls = session
    }

    /// Starts TLS as the server.
    package func acceptTLS(_ context: TLSContext, until deadline: Instant) async throws(IOError) {
        let session = try TLSSession(server: context, descriptor: descriptor)
        try await session.handshake(until: deadline)
        tls = session
    }

    /// Whether TLS took up an earlier session.
    package var isTLSResumed: Bool { tls?.isResumed ?? false }

    package var isTLS: Bool { tls != nil }

    /// Reads what is there into the buffer's free space, which must not be none.
    ///
    /// - Throws: `IOError.closed` when the connection broke.
    package func read(into buffer: Buffer) throws(IOError) -> ReadOutcome {
        if let tls { return try tls.read(into: buffer) }
        guard descriptor.isOpen else { throw .closed }
        guard descriptor.isReadable, buffer.room > 0 else { return .wouldBlock }
        let wanted = buffer.room
        while true {
            let got = unsafe buffer.withWritable { space in
                unsafe attache_receive(descriptor.fd, space.baseAddress, space.count)
            }
            if got > 0 {
                if got < wanted, !descriptor.peerFinished { descriptor.isReadable = false }
                return .bytes(got)
            }
            if got == 0 { return .end }
            if errno == EINTR { continue }
            guard errno == EAGAIN || errno == EWOULDBLOCK else { throw .closed }
            descriptor.isReadable = false
            return .wouldBlock
        }
    }

    /// Sends from the front of the buffer what the socket takes; true when the buffer is empty.
    ///
    /// - Throws: `IOError.closed` when the connection broke.
    package func write(from buffer: Buffer) throws(IOError) -> Bool {
        try write(from: buffer, count: buffer.count)
    }

    /// Sends at most the first `count` bytes; true when they are all sent.
    ///
    /// - Throws: `IOError.closed` when the connection broke.
    package func write(from buffer: Buffer, count: Int) throws(IOError) -> Bool {
        if let tls { return try tls.write(from: buffer, count: count) }
        guard descriptor.isOpen else { throw .closed }
        var left = min(count, buffer.count)
        while left > 0 {
            guard descriptor.isWritable else { return false }
            let put = unsafe attache_send(
                descriptor.fd,
                buffer.readable.baseAddress,
                left,
                endsSoon ? 1 : 0
            )
            if put > 0 {
                if put < left { descriptor.isWritable = false }
                buffer.consume(put)
                left -= put
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                descriptor.isWritable = false
                return false
            } else if errno != EINTR {
                throw .closed
            }
        }
        return true
    }

    /// Waits until a write may find room.
    ///
    /// - Throws: `IOError.timedOut` or `cancelled`.
    package func waitWritable(until deadline: Instant) async throws(IOError) {
        try await descriptor.waitWritable(until: deadline).check()
    }

    /// The loop's present moment.
    package var now: Instant { descriptor.loop.now }

    var fd: CInt { descriptor.fd }

    /// Whether a write may find room, as far as the kernel has told.
    var mayWrite: Bool {
        get { descriptor.isWritable && descriptor.isOpen }
        set { descriptor.isWritable = newValue }
    }

    /// Waits until a read may find something; holds no buffer meanwhile.
    ///
    /// - Throws: `IOError.timedOut` or `cancelled`.
    package func waitReadable(until deadline: Instant) async throws(IOError) {
        if tls?.hasPending == true { return }
        try await descriptor.waitReadable(until: deadline).check()
    }

    /// Reads at least one byte; 0 at the end.
    package func fill(_ buffer: Buffer, until deadline: Instant) async throws(IOError) -> Int {
        while true {
            switch try read(into: buffer) {
            case .bytes(let count): return count
            case .end: return 0
            case .wouldBlock: try await descriptor.waitReadable(until: deadline).check()
            }
        }
    }

    /// Sends the whole buffer; each pause may last until `deadline`, which moves by what it answers.
    package func drain(_ buffer: Buffer, until deadline: Instant) async throws(IOError) {
        while try !write(from: buffer) {
            try await descriptor.waitWritable(until: deadline).check()
        }
    }

    /// Whether bytes or the end are waiting, as far as the kernel has told.
    package var mayRead: Bool { descriptor.isReadable || tls?.hasPending == true }

    /// Whether the connection is gone in both directions.
    package var isBroken: Bool { descriptor.isBroken || !descriptor.isOpen }

    /// Whether the peer has sent its end.
    package var peerFinished: Bool { descriptor.peerFinished }

    /// Has another stream's waits end, as cancelled, when this connection breaks; nil ends that.
    package func cancelOnBreak(_ other: ByteStream?) {
        descriptor.partner = other?.descriptor
        guard let other else { return }
        descriptor.watchLater()
        if descriptor.isBroken { other.cancel() }
    }

    /// Ends every wait on the stream, now and later, with `cancelled`.
    package func cancel() { descriptor.cancel() }

    /// Ends the present wait for something to read, as cancelled; later ones are as ever.
    package func interruptRead() { descriptor.interruptRead() }

    /// Closes, saying goodbye where TLS wants it.
    package func close() {
        guard descriptor.isOpen else { return }
        tls?.sendCloseNotify()
        // Closing alone throws away what is held back, if the peer has sent what nobody read.
        if endsSoon { shutdown(descriptor.fd, CInt(SHUT_WR)) }
        descriptor.close()
    }

    /// Tells the peer that no more comes, while its bytes are still read.
    package func finishSending() {
        tls?.sendCloseNotify()
        shutdown(descriptor.fd, CInt(SHUT_WR))
    }

    /// Sends a last word, if there is room for it, and closes a descriptor that cannot be served.
    ///
    /// What has come by then is read and dropped: closing over unread bytes resets the connection,
    /// and the client may lose the word.
    package static func refuse(_ fd: CInt, with answer: [UInt8]) {
        unsafe answer.withUnsafeBytes { bytes in
            _ = unsafe attache_send(fd, bytes.baseAddress, bytes.count, 0)
        }
        shutdown(fd, CInt(SHUT_WR))
        unsafe withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { space in
            var readsLeft = 4
            while readsLeft > 0, unsafe attache_receive(fd, space.baseAddress, space.count) > 0 {
                readsLeft -= 1
            }
        }
        Glibc.close(fd)
    }

    /// Closes with a reset, so that the peer takes what it has for cut short.
    package func abort() {
        guard descriptor.isOpen else { return }
        var now = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor.fd,
            SOL_SOCKET,
            SO_LINGER,
            &now,
            socklen_t(MemoryLayout<linger>.size)
        )
        descriptor.close()
    }
}
