internal import Time
internal import CLinux
internal import Glibc
internal import Synchronization

/// Host names to addresses, off the loop, with a short memory.
package final class Resolver: Sendable {
    /// An answer, and until when it is believed.
    private struct Entry {
        let addresses: [SocketAddress]
        let until: Instant
    }

    private let pool = BlockingPool(name: "resolver", threadsMax: 4, queueMax: 10_000)
    private let cache = Mutex<[String: Entry]>([:])
    private let memory: Duration
    private let entriesMax = 4096
    private let lookUp: @Sendable (_ host: String, _ port: Int) -> [SocketAddress]

    /// Makes a resolver that believes an answer for `memory`, and asks the system unless told
    /// otherwise.
    package init(
        memory: Duration = .seconds(10),
        lookUp: @escaping @Sendable (_ host: String, _ port: Int) -> [SocketAddress] =
            Resolver.askSystem
    ) {
        self.memory = memory
        self.lookUp = lookUp
    }

    /// All addresses of a host, in the order in which they should be tried; IP literals at once.
    ///
    /// - Throws: `IOError.unresolved` when the name has none.
    package func addresses(of host: String, port: Int) async throws(IOError) -> [SocketAddress] {
        if let literal = SocketAddress(ip: host, port: port) { return [literal] }
        let key = "\(host):\(port)"
        let now = Instant.now
        if let entry = cache.withLock({ $0[key] }), entry.until > now { return entry.addresses }
        let lookUp = lookUp
        let found = try await pool.run { lookUp(host, port) }
        guard !found.isEmpty else { throw .unresolved(host: host) }
        cache.withLock { cache in
            if cache.count >= entriesMax { cache.removeAll() }
            cache[key] = Entry(addresses: found, until: now + memory)
        }
        return found
    }

    /// What the system knows of a name, which may take it long.
    package static func askSystem(_ host: String, port: Int) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr {
                var storage = sockaddr_storage()
                let length = min(
                    Int(unsafe entry.pointee.ai_addrlen),
                    MemoryLayout<sockaddr_storage>.size
                )
                unsafe withUnsafeMutableBytes(of: &storage) { space in
                    unsafe space.copyMemory(
                        from: UnsafeRawBufferPointer(start: address, count: length)
                    )
                }
                if let read = SocketAddress(storage, length: length), !found.contains(read) {
                    found.append(read)
                }
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }
}
