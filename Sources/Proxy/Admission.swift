internal import Bytes
internal import Config
internal import Credentials
internal import HTTP

/// What is known of a request once it has been let in; filled in on the way, so that a refused one
/// can be told of too.
struct Admission {
    var block: RouteBlock?
    var caller: Caller?
    /// The connection, where the request named it.
    var entry: ConnectionDirectory.Entry?
    /// The tenant, where the request or its caller named one.
    var tenant: String?
    /// What follows the prefix, and what was taken behind it, in the path.
    var rest = ByteRange.empty

    /// The name of the connection, as far as it is known.
    var connectionName: String? {
        entry?.connection.name ?? block?.route?.entry.connection.name
    }
}

/// Decides where requests go, or why they go nowhere: for the data path, and for who wants it
/// explained.
struct Gate: Sendable {
    let table: RouteTable
    let callers: CallerTable

    /// Lets a request in that came to a port.
    ///
    /// - Throws: why it is not let in; `admission` holds what was found out before.
    func admit(
        _ head: RequestHead,
        _ bytes: Span<UInt8>,
        at port: Port,
        _ directory: inout DirectoryReader,
        into admission: inout Admission
    ) throws(Refusal) {
        let host = head.hostAndPort?.host
        guard port.answers(to: host, in: bytes) else { throw .misdirected }
        switch head.method {
        case .trace, .connect: throw .methodRefused
        case .get, .head, .post, .put, .delete, .options, .patch, .other: break
        }
        if case .asterisk = head.form { throw .optionsAnswered }
        try Self.checkSite(head, bytes, port)
        if port.configuration.callersRequired { try identify(head, bytes, into: &admission) }
        guard let block = table.block(bytes, path: head.path, host: host), port.serves(block)
        else { throw .noRoute }
        admission.block = block
        admission.rest = ByteRange(head.path.lower + block.prefix.count, head.path.upper)
        let slash: TargetCheck.EncodedSlash =
            block.configuration.passEncodedSlash ? .pass : .refuse
        if let fault = TargetCheck.verify(bytes, path: head.path, encodedSlash: slash) {
            throw .badTarget(fault.message)
        }
        if let query = head.query, let fault = TargetCheck.verify(bytes, query: query) {
            throw .badTarget(fault.message)
        }
        if !block.isPlain { try look(at: block, head, bytes, &directory, into: &admission) }
        if case .length(let length) = head.framing, length > port.bodyMax(of: block.configuration) {
            throw .bodyTooLarge
        }
    }

    /// What only some routes ask for; apart, so that it costs the others nothing.
    @inline(never)
    private func look(
        at block: RouteBlock,
        _ head: RequestHead,
        _ bytes: Span<UInt8>,
        _ directory: inout DirectoryReader,
        into admission: inout Admission
    ) throws(Refusal) {
        if block.needsCaller, admission.caller == nil {
            try identify(head, bytes, into: &admission)
        }
        if !block.configuration.callers.isEmpty {
            guard let name = admission.caller?.name, block.configuration.callers.contains(name)
            else { throw .forbidden("This caller may not use this route.") }
        }
        if block.route == nil {
            guard let segment = PathSegments.first(of: &admission.rest, in: bytes),
                let name = PathSegments.text(segment, in: bytes),
                let entry = directory.entry(named: name)
            else { throw .noRoute }
            admission.entry = entry
        }
        try chooseTenant(block, head, bytes, into: &admission)
        try block.rules?.check(head.methodRange, admission.rest, in: bytes)
    }

    @inline(never)
    private func identify(
        _ head: RequestHead,
        _ bytes: Span<UInt8>,
        into admission: inout Admission
    ) throws(Refusal) {
        guard let caller = callers.caller(of: head, in: bytes) else { throw .callerUnknown }
        admission.caller = caller
    }

    /// Refuses what a browser sends from another site: pages must not reach the proxy on loopback.
    private static func checkSite(
        _ head: RequestHead,
        _ bytes: Span<UInt8>,
        _ port: Port
    ) throws(Refusal) {
        for field in head.fields {
            switch field.id {
            case .origin:
                guard isOwnOrigin(bytes, field.value, head, port) else { throw .crossSite }
            case .secFetchSite:
                for word in ["cross-site", "same-site"] {
                    if ASCII.equals(bytes, field.value, lowercase: Array(word.utf8).span) {
                        throw .crossSite
                    }
                }
            default: continue
            }
        }
    }

    private static func isOwnOrigin(
        _ bytes: Span<UInt8>,
        _ value: ByteRange,
        _ head: RequestHead,
        _ port: Port
    ) -> Bool {
        guard let authority = head.authority else { return false }
        let isPlain = port.configuration.tls.isEmpty
        let own = Array((isPlain ? "http://" : "https://").utf8) + lowercased(bytes, authority)
        return lowercased(bytes, value) == own
    }

    private static func lowercased(_ bytes: Span<UInt8>, _ range: ByteRange) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        for index in range.lower..<min(range.upper, bytes.count) {
            result.append(ASCII.lowercased(bytes[index]))
        }
        return result
    }
}
