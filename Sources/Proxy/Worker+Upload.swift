internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import HTTP
internal import IO

/// How far the upload of one request has come.
final class Upload {
    /// The body has been read from the client to its end.
    var isDone = false
    /// What the client did wrong.
    var refusal: Refusal?
    /// The upstream takes no more; its answer may still come.
    var isUnwanted = false
}

extension Worker {
    /// Reads a small body wholly before an upstream connection is taken, so that it leaves in one
    /// call and can be sent again after a 401; decides that a larger one is streamed.
    func gatherBody(_ client: Client, _ exchange: Exchange, _ route: Route) async throws(Refusal) {
        guard case .length(let length) = exchange.request.framing,
            exchange.headLength + length <= BufferPool.capacity
        else {
            exchange.streamsBody = exchange.request.framing != .none
            return
        }
        let whole = exchange.headLength + length
        let pace = Pace(client, since: loop.now)
        while (client.reader.buffer?.count ?? 0) < whole {
            try await sayContinue(client, exchange)
            let had = (client.reader.buffer?.count ?? 0) - exchange.headLength
            let more: Bool
            do throws(IOError) {
                more = try await client.reader.fill(until: pace.deadline(at: loop.now))
            } catch {
                throw error == .timedOut ? .requestTimedOut : .requestIncomplete
            }
            guard more else { throw .requestIncomplete }
            guard pace.isKept(bytes: had, at: loop.now) else { throw .requestTimedOut }
        }
        exchange.gathered = length
    }

    /// Tells a client that waits for it to send the body; nothing when some of it is already here.
    private func sayContinue(_ client: Client, _ exchange: Exchange) async throws(Refusal) {
        guard !exchange.continued else { return }
        exchange.continued = true
        guard exchange.request.expectsContinue,
            (client.reader.buffer?.count ?? 0) <= exchange.headLength
        else { return }
        let out = buffers.take()
        defer { buffers.give(out) }
        out.append("HTTP/1.1 100 Continue\r\n\r\n")
        do throws(IOError) {
            try await client.writer.send(out, pause: client.port.configuration.timeouts.body)
        } catch {
            throw .requestIncomplete
        }
    }

    /// Streams the body up while the answer may already come down.
    func stream(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ injection: Injection,
        _ upstream: UpstreamConnection,
        head: Buffer
    ) async throws(Refusal) -> Ending {
        try await sayContinue(client, exchange)
        client.reader.beginBody(exchange.request.framing, afterHead: exchange.headLength)
        let upload = Upload()
        return try await both(client, exchange, route, injection, upstream, head, upload).get()
    }

    private func both(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ injection: Injection,
        _ upstream: UpstreamConnection,
        _ head: Buffer,
        _ upload: Upload
    ) async -> Result<Ending, Refusal> {
        await withTaskGroup(of: Void.self) { group in
            group.addImmediateTask {
                await self.upload(client, exchange, route, upstream, head, upload)
            }
            let result = await self.download(client, exchange, route, injection, upstream, upload)
            if !upload.isDone {
                upload.isUnwanted = true
                client.stream.interruptRead()
                upstream.stream.cancel()
            }
            await group.waitForAll()
            return result
        }
    }

    private func download(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ injection: Injection,
        _ upstream: UpstreamConnection,
        _ upload: Upload
    ) async -> Result<Ending, Refusal> {
        do throws(Refusal) {
            guard try await responseHead(client, exchange, route, upstream) else {
                throw .upstreamBroken("connection closed before the answer")
            }
            if exchange.response.status == 401 {
                _ = await tokenAfterRejection(exchange, route, injection, mayReplay: false)
            }
            return .success(
                await relay(client, exchange, route, upstream, requestIsDone: { upload.isDone })
            )
        } catch {
            return .failure(upload.refusal ?? error)
        }
    }

    /// Sends the head and the body's pieces until its end, a fault of the client, or no more is wanted.
    private func upload(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ upstream: UpstreamConnection,
        _ head: Buffer,
        _ upload: Upload
    ) async {
        defer { buffers.give(head) }
        let limit = bodyMax(route, client)
        let before = client.reader.bodyBytes
        let pace = Pace(client, since: loop.now)
        let pause = route.configuration.timeouts.idle
        if case .chunked = exchange.request.framing {
            upstream.writer.begin(chunked: true)
        } else {
            upstream.writer.begin(chunked: false)
        }
        do throws(IOError) {
            if !client.reader.hasBytes { try await upstream.writer.send(head, pause: pause) }
            while !upload.isUnwanted {
                let piece: MessageReader.Piece
                do throws(ConnectionError) {
                    piece = try await client.reader.piece(until: pace.deadline(at: loop.now))
                } catch {
                    stop(upload, upstream, Self.refusal(of: error, upload))
                    return
                }
                let bytes = client.reader.bodyBytes - before + piece.count
                if bytes > limit {
                    stop(upload, upstream, .bodyTooLarge)
                    return
                }
                guard pace.isKept(bytes: bytes, at: loop.now) else {
                    stop(upload, upstream, .requestTimedOut)
                    return
                }
                let isLast = piece.isLast
                try await upstream.writer.send(
                    head: head,
                    piece: piece,
                    of: client.reader,
                    pause: pause
                )
                if isLast {
                    upload.isDone = true
                    return
                }
            }
        } catch {
            upload.isUnwanted = true
        }
    }

    /// Ends the exchange because of the client: the upstream sees a message that breaks off.
    private func stop(_ upload: Upload, _ upstream: UpstreamConnection, _ refusal: Refusal?) {
        guard let refusal else { return }
        upload.refusal = refusal
        upstream.stream.cancel()
    }

    private static func refusal(of error: ConnectionError, _ upload: Upload) -> Refusal? {
        switch error {
        case .malformed(let error): .malformed(error)
        case .io(.timedOut): .requestTimedOut
        case .io(.cancelled) where upload.isUnwanted: nil
        default: .requestIncomplete
        }
    }
}

/// How slowly a body may come: a longest pause, and after half a minute a least rate.
private struct Pace {
    private static let grace = Duration.seconds(30)
    private let start: Instant
    private let pause: Duration
    private let rate: Int

    init(_ client: Client, since start: Instant) {
        self.start = start
        pause = client.port.configuration.timeouts.body
        rate = client.port.configuration.limits.minimumRate
    }

    func deadline(at now: Instant) -> Instant { now + pause }

    func isKept(bytes: Int, at now: Instant) -> Bool {
        let elapsed = now - start
        guard elapsed > Self.grace else { return true }
        let seconds = Int(elapsed.components.seconds)
        return bytes / max(1, seconds) >= rate
    }
}
