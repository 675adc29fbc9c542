internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import Credentials
internal import HTTP
internal import IO

/// What one try at the upstream came to.
private enum Attempt {
    case ended(Ending)
    case streams(Streaming)
    /// The kept connection had been closed under us before it answered a byte.
    case stale
    /// The upstream refused the token, and there is another to try.
    case unauthorized(Injection)
}

extension DataPath {
    /// Carries one request to its upstream and the answer back.
    func proxy(_ client: Client, _ exchange: Exchange) async throws(Refusal) -> Beginning {
        var lane = try admit(client, exchange)
        if exchange.request.framing != .none { try await gatherBody(client, exchange) }
        var injection: Injection
        if let ready = try readyInjection(for: lane, exchange) {
            injection = ready
        } else {
            injection = try await awaitedInjection(for: lane, exchange)
        }
        while isOutdated(exchange) {
            exchange.admission = Admission()
            lane = try admit(client, exchange)
            injection = try await awaitedInjection(for: lane, exchange)
        }
        var isFresh = false
        var isReplay = false
        while true {
            let upstream: UpstreamConnection
            if !isFresh, let idle = lane.pool.takeIdle(injection.address) {
                upstream = idle
            } else {
                upstream = try await lease(injection, lane, fresh: isFresh)
            }
            if exchange.upstreamStarted == nil { exchange.upstreamStarted = moment }
            client.stream.cancelOnBreak(upstream.stream)
            defer { client.stream.cancelOnBreak(nil) }
            let attempt: Attempt
            do throws(Refusal) {
                attempt = try await send(
                    client,
                    exchange,
                    lane,
                    injection,
                    upstream,
                    mayReplay: !isReplay
                )
            } catch {
                lane.pool.giveBack(upstream, reusable: false)
                if client.stream.isBroken { return .ended(.gone) }
                throw error
            }
            switch attempt {
            case .ended(let ending): return .ended(ending)
            case .streams(let streaming): return .streams(streaming)
            case .stale:
                guard !isFresh, exchange.isSafeToRetry else {
                    throw .upstreamBroken("connection closed before the answer")
                }
                isFresh = true
            case .unauthorized(let next):
                isReplay = true
                injection = next
            }
            exchange.response.reset()
        }
    }

    /// Gets a connection that is not at hand; apart, so that its frame is not every request's.
    @inline(never)
    private func lease(
        _ injection: Injection,
        _ lane: Lane,
        fresh: Bool
    ) async throws(Refusal) -> UpstreamConnection {
        let timing = UpstreamPool.Timing(
            connect: lane.route.configuration.timeouts.connect,
            queue: lane.route.connection.upstream.queueTimeout
        )
        do throws(ConnectionError) {
            return try await lane.pool.lease(injection.address, timing, fresh: fresh)
        } catch {
            throw Refusal(upstream: error)
        }
    }

    /// Sends the request over one connection and relays the answer.
    private func send(
        _ client: Client,
        _ exchange: Exchange,
        _ lane: Lane,
        _ injection: Injection,
        _ upstream: UpstreamConnection,
        mayReplay: Bool
    ) async throws(Refusal) -> Attempt {
        guard let source = client.reader.buffer else { throw .requestIncomplete }
        let out = buffers.take()
        RequestWriter.write(exchange, injection, route: lane.route, source: source, to: out)
        if exchange.streamsBody {
            return .streams(Streaming(lane, injection, upstream, head: out))
        }
        if exchange.gathered > 0 {
            let body = ByteRange(exchange.headLength, exchange.headLength + exchange.gathered)
            out.append(body, of: source)
        }
        // A failure to send shows again when the answer is read; one may have come all the same.
        if let isSent = try? upstream.stream.write(from: out), !isSent {
            try? await upstream.writer.send(out, pause: lane.route.idleTimeout)
        }
        buffers.give(out)
        guard try await responseHead(client, exchange, lane, upstream) else {
            lane.pool.giveBack(upstream, reusable: false)
            return .stale
        }
        if exchange.response.status == 401, mayReplay,
            let next = try await tokenAfterRejection(exchange, lane, injection, mayReplay: true)
        {
            await discardBody(exchange, lane, upstream)
            return .unauthorized(next)
        }
        client.reader.beginBody(.none, afterHead: exchange.headLength + exchange.gathered)
        exchange.bodyBegan = true
        return .ended(try await relay(client, exchange, lane, upstream, requestIsDone: { true }))
    }

    /// Reads the final response's head and passes interim ones on; false when a kept connection
    /// turned out to be closed before it answered a byte.
    ///
    /// `isUploading` says whether the request's body is still on its way.
    func responseHead(
        _ client: Client,
        _ exchange: Exchange,
        _ lane: Lane,
        _ upstream: UpstreamConnection,
        isUploading: () -> Bool = { false }
    ) async throws(Refusal) -> Bool {
        var deadline = loop.now + lane.route.firstByteTimeout
        var hasAnswered = false
        while true {
            if let length = try parseResponse(exchange, upstream) {
                guard exchange.response.status != 101 else {
                    throw .upstreamBroken("it switched protocols unasked")
                }
                exchange.responseHeadLength = length
                guard exchange.response.isInformational else { return true }
                try await passInterim(client, exchange, lane, upstream)
                continue
            }
            var more = false
            do throws(IOError) {
                switch try upstream.reader.readNow() {
                case .bytes: more = true
                case .end: break
                case .wouldBlock:
                    try await upstream.stream.waitReadable(until: deadline)
                    continue
                }
            } catch {
                if error == .timedOut, isUploading() {
                    // The body has its own deadlines; the answer's time counts from its end.
                    deadline = loop.now + lane.route.firstByteTimeout
                    continue
                }
                switch error {
                case .closed: break
                // A kept connection that breaks is stale, however it says so.
                case .tls where upstream.isReused: break
                case .timedOut: throw .upstreamTimedOut("no first byte")
                case _: throw Refusal(upstream: .io(error))
                }
            }
            if more {
                hasAnswered = true
                if exchange.upstreamTime == nil, let start = exchange.upstreamStarted {
                    exchange.upstreamTime = moment - start
                }
                continue
            }
            if upstream.isReused, !hasAnswered { return false }
            throw .upstreamBroken("connection closed before the answer")
        }
    }

    private func parseResponse(
        _ exchange: Exchange,
        _ upstream: UpstreamConnection
    ) throws(Refusal) -> Int? {
        do throws(HTTPError) {
            return try upstream.reader.parse(
                &exchange.response,
                limits: Self.responseLimits,
                answering: exchange.request.method
            )
        } catch {
            throw Refusal(upstream: .malformed(error))
        }
    }

    /// An upstream's head may be as large as a buffer.
    private static let responseLimits = HeadLimits(
        lineBytes: BufferPool.capacity / 2,
        headBytes: BufferPool.capacity,
        fieldCount: 256
    )

    /// Passes an interim response on, but for `100 Continue`, which is ours to say.
    @inline(never)
    private func passInterim(
        _ client: Client,
        _ exchange: Exchange,
        _ lane: Lane,
        _ upstream: UpstreamConnection
    ) async throws(Refusal) {
        if exchange.response.status != 100, exchange.request.minorVersion > 0,
            let source = upstream.reader.buffer
        {
            let out = buffers.take()
            ResponseWriter.write(
                exchange,
                route: lane.route,
                source: source,
                framing: .none,
                keepAlive: true,
                date: [],
                to: out
            )
            try? await client.writer.send(out, pause: lane.route.idleTimeout)
            buffers.give(out)
        }
        upstream.reader.consume(exchange.responseHeadLength)
        exchange.response.reset()
    }

    /// Gets rid of a 401's body so that its connection can be used again, if it is short.
    @inline(never)
    private func discardBody(
        _ exchange: Exchange,
        _ lane: Lane,
        _ upstream: UpstreamConnection
    ) async {
        upstream.reader.beginBody(
            exchange.response.framing,
            afterHead: exchange.responseHeadLength
        )
        let deadline = loop.now + .seconds(1)
        var left = 64 << 10
        while !upstream.reader.isFinished, left > 0 {
            guard let piece = try? await upstream.reader.piece(until: deadline) else { break }
            left -= piece.count
            upstream.reader.discard(piece)
        }
        let isReusable = upstream.reader.isFinished && exchange.response.keepAlive
        lane.pool.giveBack(upstream, reusable: isReusable)
    }
}
