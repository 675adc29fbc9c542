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
    /// The kept connection had been closed under us before it answered a byte.
    case stale
    /// The upstream refused the token, and there is another to try.
    case unauthorized(TokenSnapshot)
}

extension Worker {
    /// Carries one request to its upstream and the answer back.
    func proxy(_ client: Client, _ exchange: Exchange) async throws(Refusal) -> Ending {
        let route = try admit(client, exchange)
        try await gatherBody(client, exchange, route)
        var injection = try await injection(for: route, exchange)
        var isFresh = false
        var isReplay = false
        while true {
            let upstream = try await lease(injection, route, fresh: isFresh)
            if exchange.upstreamStarted == nil { exchange.upstreamStarted = loop.now }
            client.stream.cancelOnBreak(upstream.stream)
            defer { client.stream.cancelOnBreak(nil) }
            let attempt: Attempt
            do throws(Refusal) {
                attempt = try await send(
                    client,
                    exchange,
                    route,
                    injection,
                    upstream,
                    mayReplay: !isReplay
                )
            } catch {
                pool(for: route).giveBack(upstream, reusable: false)
                if client.stream.isBroken { return .gone }
                throw error
            }
            switch attempt {
            case .ended(let ending): return ending
            case .stale:
                guard !isFresh, exchange.isSafeToRetry else {
                    throw .upstreamBroken("connection closed before the answer")
                }
                isFresh = true
            case .unauthorized(let snapshot):
                isReplay = true
                injection = try injectionSlot(for: route).render(snapshot)
            }
            exchange.response.reset()
        }
    }

    private func lease(
        _ injection: Injection,
        _ route: Route,
        fresh: Bool
    ) async throws(Refusal) -> UpstreamConnection {
        let timing = UpstreamPool.Timing(
            connect: route.configuration.timeouts.connect,
            queue: route.connection.upstream.queueTimeout
        )
        do throws(ConnectionError) {
            return try await pool(for: route).lease(injection.address, timing, fresh: fresh)
        } catch {
            throw Refusal(upstream: error)
        }
    }

    /// Sends the request over one connection and relays the answer.
    private func send(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ injection: Injection,
        _ upstream: UpstreamConnection,
        mayReplay: Bool
    ) async throws(Refusal) -> Attempt {
        guard let source = client.reader.buffer else { throw .requestIncomplete }
        let out = buffers.take()
        RequestWriter.write(exchange, injection, route: route, source: source, to: out)
        if exchange.streamsBody {
            return .ended(
                try await stream(client, exchange, route, injection, upstream, head: out)
            )
        }
        if exchange.gathered > 0 {
            let body = ByteRange(exchange.headLength, exchange.headLength + exchange.gathered)
            out.append(body, of: source)
        }
        // A failure to send shows again when the answer is read; one may have come all the same.
        try? await upstream.writer.send(out, pause: route.configuration.timeouts.idle)
        buffers.give(out)
        guard try await responseHead(client, exchange, route, upstream) else {
            pool(for: route).giveBack(upstream, reusable: false)
            return .stale
        }
        if exchange.response.status == 401, mayReplay,
            let next = await tokenAfterRejection(exchange, route, injection, mayReplay: true)
        {
            await discardBody(exchange, route, upstream)
            return .unauthorized(next)
        }
        client.reader.beginBody(.none, afterHead: exchange.headLength + exchange.gathered)
        return .ended(await relay(client, exchange, route, upstream, requestIsDone: { true }))
    }

    /// Reads the final response's head and passes interim ones on; false when a kept connection
    /// turned out to be closed before it answered a byte.
    func responseHead(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ upstream: UpstreamConnection
    ) async throws(Refusal) -> Bool {
        let deadline = loop.now + route.configuration.timeouts.firstByte
        var hasAnswered = false
        while true {
            if let length = try parseResponse(exchange, upstream) {
                guard exchange.response.status != 101 else {
                    throw .upstreamBroken("it switched protocols unasked")
                }
                exchange.responseHeadLength = length
                guard exchange.response.isInformational else { return true }
                try await passInterim(client, exchange, route, upstream)
                continue
            }
            let more: Bool
            do throws(IOError) {
                more = try await upstream.reader.fill(until: deadline)
            } catch {
                guard error == .closed else {
                    throw error == .timedOut
                        ? .upstreamTimedOut("no first byte") : Refusal(upstream: .io(error))
                }
                more = false
            }
            if more {
                hasAnswered = true
                if exchange.upstreamTime == nil, let start = exchange.upstreamStarted {
                    exchange.upstreamTime = loop.now - start
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
    private func passInterim(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ upstream: UpstreamConnection
    ) async throws(Refusal) {
        if exchange.response.status != 100, exchange.request.minorVersion > 0,
            let source = upstream.reader.buffer
        {
            let out = buffers.take()
            ResponseWriter.write(
                exchange,
                route: route,
                source: source,
                framing: .none,
                keepAlive: true,
                date: [],
                to: out
            )
            try? await client.writer.send(out, pause: route.configuration.timeouts.idle)
            buffers.give(out)
        }
        upstream.reader.consume(exchange.responseHeadLength)
        exchange.response.reset()
    }

    /// Relays the final response whose head has been parsed.
    ///
    /// - Parameter requestIsDone: whether the request's body has been read to its end by now; if
    ///   not, what follows it on the connection could not be told from it.
    func relay(
        _ client: Client,
        _ exchange: Exchange,
        _ route: Route,
        _ upstream: UpstreamConnection,
        requestIsDone: () -> Bool
    ) async -> Ending {
        let framing = ResponseWriter.framing(
            of: exchange.response,
            minorVersion: exchange.request.minorVersion
        )
        var keepAlive = exchange.request.keepAlive && !isDraining && requestIsDone()
        if case .untilClose = framing { keepAlive = false }
        let out = buffers.take()
        defer { buffers.give(out) }
        guard let source = upstream.reader.buffer else { return .broken }
        ResponseWriter.write(
            exchange,
            route: route,
            source: source,
            framing: framing,
            keepAlive: keepAlive,
            date: date.now(),
            to: out
        )
        exchange.status = exchange.response.status
        exchange.hasAnswered = true
        upstream.reader.beginBody(
            exchange.response.framing,
            afterHead: exchange.responseHeadLength
        )
        if case .chunked = framing {
            client.writer.begin(chunked: true)
        } else {
            client.writer.begin(chunked: false)
        }
        let failure = await relayBody(client, route, upstream, head: out)
        pool(for: route).giveBack(
            upstream,
            reusable: failure == nil && exchange.response.keepAlive && requestIsDone()
        )
        switch failure {
        case .none: return keepAlive && requestIsDone() ? .complete : .closing
        case .upstream(let code):
            exchange.errorCode = code
            return .broken
        case .client: return .gone
        }
    }

    private enum RelayFailure: Equatable {
        case upstream(code: String)
        case client
    }

    /// Moves the body; its first bytes leave together with the head.
    private func relayBody(
        _ client: Client,
        _ route: Route,
        _ upstream: UpstreamConnection,
        head: Buffer
    ) async -> RelayFailure? {
        let pause = route.configuration.timeouts.idle
        let reader = upstream.reader
        var next: MessageReader.Piece?
        do throws(ConnectionError) {
            next = try firstPiece(reader)
        } catch {
            return .upstream(code: Refusal(upstream: error).code)
        }
        do throws(IOError) {
            guard let piece = next else {
                try await client.writer.send(head, pause: pause)
                if reader.isFinished { return nil }
                return await relayRest(client, reader, head, pause)
            }
            let isLast = piece.isLast
            try await client.writer.send(head: head, piece: piece, of: reader, pause: pause)
            if isLast { return nil }
            return await relayRest(client, reader, head, pause)
        } catch {
            return .client
        }
    }

    /// The body's first piece if it has come with the head or right behind it.
    private func firstPiece(_ reader: MessageReader) throws(ConnectionError) -> MessageReader.Piece?
    {
        if reader.isFinished { return nil }
        do throws(HTTPError) {
            if let piece = try reader.pieceNow() { return piece }
            do throws(IOError) {
                if case .bytes = try reader.readNow() { return try? reader.pieceNow() }
            } catch {
                // What broke shows again at the next read, with the head on its way.
            }
            return nil
        } catch {
            throw .malformed(error)
        }
    }

    private func relayRest(
        _ client: Client,
        _ reader: MessageReader,
        _ scratch: Buffer,
        _ pause: Duration
    ) async -> RelayFailure? {
        while true {
            let piece: MessageReader.Piece
            do throws(ConnectionError) {
                piece = try await reader.piece(until: loop.now + pause)
            } catch {
                if client.stream.isBroken { return .client }
                return .upstream(code: Refusal(upstream: error).code)
            }
            let isLast = piece.isLast
            do throws(IOError) {
                try await client.writer.send(head: scratch, piece: piece, of: reader, pause: pause)
            } catch {
                return .client
            }
            if isLast { return nil }
        }
    }

    /// Gets rid of a 401's body so that its connection can be used again, if it is short.
    private func discardBody(
        _ exchange: Exchange,
        _ route: Route,
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
        pool(for: route).giveBack(upstream, reusable: isReusable)
    }
}
