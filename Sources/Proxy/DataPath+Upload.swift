internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import HTTP
internal import IO

/// A request whose body goes up while its answer may already come down.
final class Streaming {
    let lane: Lane
    let injection: Injection
    let upstream: UpstreamConnection
    /// The request's head, which leaves with the first piece.
    let head: Buffer
    /// The body has been read from the client to its end.
    var isDone = false
    /// What the client did wrong.
    var refusal: Refusal?
    /// The upstream takes no more; its answer may still come.
    var isUnwanted = false

    init(_ lane: Lane, _ injection: Injection, _ upstream: UpstreamConnection, head: Buffer) {
        self.lane = lane
        self.injection = injection
        self.upstream = upstream
        self.head = head
    }
}

extension Worker {
    /// Runs both directions of an exchange at once, on this loop.
    func stream(
        _ path: DataPath,
        _ client: Client,
        _ exchange: Exchange,
        _ streaming: Streaming
    ) async -> Ending {
        await path.beginUpload(client, exchange)
        client.stream.cancelOnBreak(streaming.upstream.stream)
        let result = await withTaskGroup(of: Void.self) { group in
            group.addImmediateTask { await self.upload(path, client, exchange, streaming) }
            let result = await path.download(client, exchange, streaming)
            if !streaming.isDone {
                streaming.isUnwanted = true
                client.stream.interruptRead()
                streaming.upstream.stream.cancel()
            }
            await group.waitForAll()
            return result
        }
        client.stream.cancelOnBreak(nil)
        switch result {
        case .success(let ending): return ending
        case .failure(let refusal): return await path.refuse(refusal, client, exchange)
        }
    }

    /// The upload as a method of the actor, so that its task inherits this loop.
    private func upload(
        _ path: DataPath,
        _ client: Client,
        _ exchange: Exchange,
        _ streaming: Streaming
    ) async {
        await path.upload(client, exchange, streaming)
    }
}

extension DataPath {
    /// Reads a small body wholly before an upstream connection is taken, so that it leaves in one
    /// call and can be sent again after a 401; decides that a larger one is streamed.
    @inline(never)
    func gatherBody(_ client: Client, _ exchange: Exchange) async throws(Refusal) {
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
            try await client.writer.send(out, pause: client.port.bodyTimeout)
        } catch {
            throw .requestIncomplete
        }
    }

    /// Lets the client send its body.
    func beginUpload(_ client: Client, _ exchange: Exchange) async {
        // A client that cannot even be told so shows when its body is read.
        try? await sayContinue(client, exchange)
        client.reader.beginBody(exchange.request.framing, afterHead: exchange.headLength)
        exchange.bodyBegan = true
    }

    /// Reads the answer's head and relays the answer, whatever the upload is doing.
    func download(
        _ client: Client,
        _ exchange: Exchange,
        _ streaming: Streaming
    ) async -> Result<Ending, Refusal> {
        let (lane, upstream) = (streaming.lane, streaming.upstream)
        do throws(Refusal) {
            let hasHead = try await responseHead(
                client,
                exchange,
                lane,
                upstream,
                isUploading: { !streaming.isDone && !streaming.isUnwanted }
            )
            guard hasHead else {
                throw .upstreamBroken("connection closed before the answer")
            }
            if exchange.response.status == 401 {
                _ = try await tokenAfterRejection(
                    exchange,
                    lane,
                    streaming.injection,
                    mayReplay: false
                )
            }
            return .success(
                try await relay(
                    client,
                    exchange,
                    lane,
                    upstream,
                    requestIsDone: { streaming.isDone }
                )
            )
        } catch {
            lane.pool.giveBack(upstream, reusable: false)
            if streaming.refusal == nil, client.stream.isBroken { return .success(.gone) }
            return .failure(streaming.refusal ?? error)
        }
    }

    /// Sends the head and the body's pieces until its end, a fault of the client, or no more is wanted.
    func upload(_ client: Client, _ exchange: Exchange, _ streaming: Streaming) async {
        let (lane, upstream, head) = (streaming.lane, streaming.upstream, streaming.head)
        defer { buffers.give(head) }
        let limit = client.port.bodyMax(of: lane.route.configuration)
        let before = client.reader.bodyBytes
        let pace = Pace(client, since: loop.now)
        let pause = lane.route.idleTimeout
        if case .chunked = exchange.request.framing {
            upstream.writer.begin(chunked: true)
        } else {
            upstream.writer.begin(chunked: false)
        }
        do throws(IOError) {
            if !client.reader.hasBytes { try await upstream.writer.send(head, pause: pause) }
            while !streaming.isUnwanted {
                let piece: MessageReader.Piece
                do throws(ConnectionError) {
                    piece = try await client.reader.piece(until: pace.deadline(at: loop.now))
                } catch {
                    stop(streaming, Self.refusal(of: error, streaming))
                    return
                }
                let bytes = client.reader.bodyBytes - before + piece.count
                if bytes > limit {
                    stop(streaming, .bodyTooLarge)
                    return
                }
                guard pace.isKept(bytes: bytes, at: loop.now) else {
                    stop(streaming, .requestTimedOut)
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
                    streaming.isDone = true
                    return
                }
            }
        } catch {
            streaming.isUnwanted = true
        }
    }

    /// Ends the exchange because of the client: the upstream sees a message that breaks off.
    private func stop(_ streaming: Streaming, _ refusal: Refusal?) {
        guard let refusal else { return }
        streaming.refusal = refusal
        streaming.upstream.stream.cancel()
    }

    private static func refusal(of error: ConnectionError, _ streaming: Streaming) -> Refusal? {
        switch error {
        case .malformed(let error): .malformed(error)
        case .io(.timedOut): .requestTimedOut
        case .io(.cancelled) where streaming.isUnwanted: nil
        default: .requestIncomplete
        }
    }
}

/// How slowly a body may come: a longest pause, and after half a minute a least rate.
private struct Pace {
    private static let grace = Duration.seconds(30)
    private let start: Instant
    private let pause: Interval
    private let rate: Int

    init(_ client: Client, since start: Instant) {
        self.start = start
        pause = client.port.bodyTimeout
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
