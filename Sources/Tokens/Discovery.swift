internal import Time
internal import Config
internal import Credentials
internal import HTTP
internal import IO
internal import OAuth

/// What issuers say of themselves (RFC 8414), fetched when it is needed and believed for a while.
///
/// Whoever needs the same issuer at the same time shares one fetch.
actor Discovery: LoopActor {
    /// How long metadata is believed.
    private static let lifetime: Duration = .seconds(3600)
    /// How long old metadata is used when it cannot be fetched anew, before that is tried again.
    private static let grace: Duration = .seconds(60)
    private static let issuersMax = 1024

    /// What is known of one issuer.
    private struct Entry {
        let metadata: ServerMetadata
        var until: Instant
    }

    nonisolated let loop: EventLoop
    private let outbound: OutboundCaller
    private var known: [Place: Entry] = [:]
    private var waiting: [Place: [TimedWait<Bool>]] = [:]
    private var failures: [Place: Failure] = [:]

    /// An issuer, as one way of TLS reaches it.
    private struct Place: Hashable {
        let issuer: String
        let tls: OutboundTLS
    }

    /// Why there is no metadata.
    struct Failure: Error, Equatable {
        let message: String
        /// Whether the server answered that it has none.
        let isAbsent: Bool
    }

    init(on loop: EventLoop, outbound: OutboundCaller) {
        self.loop = loop
        self.outbound = outbound
    }

    /// The metadata of a connection's issuer; `nil` if it names none.
    ///
    /// - Throws: why there is none; it may pass.
    func metadata(
        of connection: ConnectionConfiguration,
        until end: Instant
    ) async throws(Failure) -> ServerMetadata? {
        guard let issuer = connection.issuer else { return nil }
        let tls = OutboundTLS(provider: connection, proving: false)
        let place = Place(issuer: issuer.text, tls: tls)
        if let entry = known[place], entry.until > .now { return entry.metadata }
        if waiting[place] != nil {
            let wait = TimedWait(atDeadline: false)
            waiting[place]?.append(wait)
            let isDone = await wait.wait(on: loop, until: end)
            if let entry = known[place] { return entry.metadata }
            let late = Failure(message: "it takes too long", isAbsent: false)
            throw isDone ? failures[place] ?? late : late
        }
        waiting[place] = []
        defer {
            for wait in waiting.removeValue(forKey: place) ?? [] { wait.resume(true) }
        }
        return try await fetch(issuer, for: connection, place, until: end)
    }

    private func fetch(
        _ issuer: URI,
        for connection: ConnectionConfiguration,
        _ place: Place,
        until end: Instant
    ) async throws(Failure) -> ServerMetadata {
        do throws(Failure) {
            let found = try await ask(issuer, for: connection, place.tls, until: end)
            makeRoom()
            known[place] = Entry(metadata: found, until: .now + Self.lifetime)
            failures[place] = nil
            return found
        } catch {
            makeRoom()
            failures[place] = error
            guard var old = known[place] else { throw error }
            old.until = .now + Self.grace
            known[place] = old
            return old.metadata
        }
    }

    private func makeRoom() {
        if known.count >= Self.issuersMax { known = [:] }
        if failures.count >= Self.issuersMax { failures = [:] }
    }

    /// Looks in every place where it may stand; a server that is not reached is asked once.
    private func ask(
        _ issuer: URI,
        for connection: ConnectionConfiguration,
        _ tls: OutboundTLS,
        until end: Instant
    ) async throws(Failure) -> ServerMetadata {
        var reasons: [String] = []
        var isAbsent = true
        for location in ServerMetadata.locations(of: issuer) {
            let fields = Fields([("Accept", "application/json"), ("User-Agent", "attache")])
            let call = OutboundCaller.Call(
                destination: Destination(location, isNamed: true),
                request: Request(method: "GET", target: location.target, fields: fields),
                tls: tls,
                concurrency: connection.tokens.concurrency,
                timeout: connection.tokens.requestTimeout
            )
            let response: Response
            do throws(CallFailure) {
                response = try await outbound.send(call, until: end).response
            } catch {
                let message = error.message(of: "the issuer's metadata")
                throw Failure(message: message, isAbsent: false)
            }
            do throws(MetadataError) {
                return try ServerMetadata(response, of: issuer)
            } catch {
                reasons.append("\(location.text): \(error)")
                isAbsent = isAbsent && error == .status(404)
            }
        }
        let message = "the issuer's metadata cannot be used: \(reasons.joined(separator: "; "))"
        throw Failure(message: message, isAbsent: isAbsent)
    }
}
