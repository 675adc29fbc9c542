package import Time
internal import CLinux
internal import Glibc
internal import Synchronization

/// Host names to addresses, off the loop, with a short memory.
///
/// Hosts that the configuration names and hosts that come from elsewhere have nothing in common:
/// whoever brings slow names stops only others who bring names.
package final class Resolver: Sendable {
    /// Asks for the addresses of a host, and blocks until they are there; none if it has none.
    package typealias Question = @Sendable (_ host: String, _ port: Int) -> [SocketAddress]

    private let named: LookupDesk
    private let others: LookupDesk

    /// Makes a resolver that asks the system unless told otherwise.
    package init(asking question: @escaping Question = Resolver.askSystem) {
        named = LookupDesk(threads: 4, queueMax: 10_000, asking: question)
        others = LookupDesk(threads: 4, queueMax: 200, asking: question)
    }

    /// All addresses of a host, in the order in which they should be tried; IP literals at once.
    ///
    /// `isNamed`: whether the configuration names the host. `patience` waits, on the caller's loop.
    /// - Throws: `IOError.unresolved` when the name has none, `timedOut`, and `exhausted` when too
    ///   many names wait already.
    package func addresses(
        of host: String,
        port: Int,
        isNamed: Bool,
        with patience: Patience,
        until deadline: Instant
    ) async throws(IOError) -> [SocketAddress] {
        if let literal = SocketAddress(ip: host, port: port) { return [literal] }
        let desk = isNamed ? named : others
        let place = LookupDesk.Place(host: host, port: port)
        let found: [SocketAddress]
        if let known = desk.known(place) {
            found = known
        } else {
            let answer = await patience.wait(until: deadline) {
                await desk.ask(place, until: deadline)
            }
            guard let answer else { throw .timedOut }
            found = try answer.get()
        }
        guard !found.isEmpty else { throw .unresolved(host: host) }
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
