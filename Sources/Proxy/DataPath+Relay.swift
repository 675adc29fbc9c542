internal import Bytes
internal import Config
internal import Connection
internal import HTTP
internal import IO
internal import Time

/// Why an answer could not be relayed to its end.
private enum RelayFailure: Error {
    case upstream(ConnectionError)
    case client
}

extension DataPath {
    /// Relays the final response whose head has been parsed.
    ///
    /// An answer that is wholly here leaves without a wait; whatever takes longer goes on in
    /// `relayRest`.
    /// `requestIsDone`: whether the request's body has been read to its end by now; if
    /// not, what follows it on the connection could not be told from it.
    /// - Throws: `Refusal.upstreamBroken` for a body that is broken where it begins, before a byte
    ///   of the answer has been sent.
    func relay(
        _ client: Client,
        _ exchange: Exchange,
        _ lane: Lane,
        _ upstream: UpstreamConnection,
        requestIsDone: () -> Bool
    ) async throws(Refusal) -> Ending {
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
            route: lane.route,
            source: source,
            framing: framing,
            keepAlive: keepAlive,
            date: date.now(),
            to: out
        )
        upstream.reader.beginBody(
            exchange.response.framing,
            afterHead: exchange.responseHeadLength
        )
        let first = try firstPiece(upstream.reader)
        exchange.status = exchange.response.status
        exchange.hasAnswered = true
        client.writer.begin(chunked: framing.isChunked)
        var failure: RelayFailure?
        do throws(RelayFailure) {
            if try !relayStart(client, upstream.reader, head: out, first, isLast: !keepAlive) {
                try await relayRest(client, lane, upstream.reader, scratch: out)
            }
        } catch {
            failure = error
        }
        let isDone = requestIsDone()
        lane.pool.giveBack(
            upstream,
            reusable: failure == nil && exchange.response.keepAlive && isDone
        )
        switch failure {
        case .none:
            if keepAlive, isDone { return .complete }
            return isDone && !exchange.request.keepAlive ? .last : .closing
        case .client: return .gone
        case .upstream(let error):
            exchange.errorCode = Refusal(upstream: error).code
            return client.stream.isBroken ? .gone : .broken
        }
    }

    /// What has come of a body that has just begun; `nil` for nothing, or where there is none.
    private func firstPiece(_ reader: MessageReader) throws(Refusal) -> MessageReader.Piece? {
        guard !reader.isFinished else { return nil }
        do throws(HTTPError) {
            if let piece = try reader.pieceNow() { return piece }
            guard case .bytes? = try? reader.readNow() else { return nil }
            return try reader.pieceNow()
        } catch {
            throw Refusal(upstream: .malformed(error))
        }
    }

    /// Sends the head, together with what has come of the body; true when that was the whole answer.
    ///
    /// `isLast`: whether the connection ends with this answer.
    private func relayStart(
        _ client: Client,
        _ reader: MessageReader,
        head: Buffer,
        _ piece: MessageReader.Piece?,
        isLast: Bool
    ) throws(RelayFailure) -> Bool {
        client.stream.endsSoon = isLast && (piece?.isLast ?? reader.isFinished)
        do throws(IOError) {
            guard let piece else {
                return try client.stream.write(from: head) && reader.isFinished
            }
            return try client.writer.start(head: head, piece: piece, of: reader) && piece.isLast
        } catch {
            throw .client
        }
    }

    /// Moves what `relayStart` left: a piece that is half sent, then piece after piece to the end.
    private func relayRest(
        _ client: Client,
        _ lane: Lane,
        _ reader: MessageReader,
        scratch: Buffer
    ) async throws(RelayFailure) {
        let pause = lane.route.idleTimeout
        do throws(IOError) {
            try await client.writer.finish(pause: pause)
            try await client.writer.send(scratch, pause: pause)
        } catch {
            throw .client
        }
        while !reader.isFinished {
            let piece: MessageReader.Piece
            do throws(ConnectionError) {
                piece = try await reader.piece(until: loop.now + pause)
            } catch {
                throw .upstream(error)
            }
            do throws(IOError) {
                try await client.writer.send(
                    head: scratch,
                    piece: piece,
                    of: reader,
                    pause: pause
                )
            } catch {
                throw .client
            }
        }
    }
}
