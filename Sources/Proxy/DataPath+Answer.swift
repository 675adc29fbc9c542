internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import HTTP
internal import IO

/// How an exchange ended for its client's connection.
enum Ending {
    /// The answer is whole and the connection can carry another request.
    case complete
    /// The answer is whole and the client, who wanted no other, will send nothing more.
    case last
    /// The answer is whole, but the connection ends although the client may still be sending.
    case closing
    /// The answer could not be completed: the client must see that it is cut short.
    case broken
    /// There was nothing to answer, or nobody.
    case gone
}

/// What came of a request's first look.
enum Beginning {
    case ended(Ending)
    /// Its body is to be streamed up while the answer may already come down.
    case streams(Streaming)
}

extension DataPath {
    /// Reads one request and answers it, but for one whose body must be streamed.
    func begin(_ client: Client, _ exchange: Exchange) async -> Beginning {
        do throws(Refusal) {
            if try !parseHead(client, exchange) {
                guard try await readHead(client, exchange) else { return .ended(.gone) }
            }
            if client.port.hasPages, let ending = try await answerPage(client, exchange) {
                return .ended(ending)
            }
            return try await proxy(client, exchange)
        } catch {
            return .ended(await refuse(error, client, exchange))
        }
    }

    /// Ends a client's connection as the ending of its last exchange demands.
    func close(_ client: Client, after ending: Ending) async {
        switch ending {
        case .complete, .last, .gone: break
        case .closing: await linger(client)
        case .broken: client.stream.abort()
        }
    }

    /// Parses a head if it is wholly here, as it nearly always is.
    private func parseHead(_ client: Client, _ exchange: Exchange) throws(Refusal) -> Bool {
        do throws(HTTPError) {
            guard
                let length = try client.reader.parse(&exchange.request, limits: client.port.limits)
            else { return false }
            exchange.headLength = length
        } catch {
            // A head that is whole and sound, but for what it expects, says who it is.
            if error == .unknownExpectation { identify(client, exchange) }
            throw .malformed(error)
        }
        identify(client, exchange)
        return true
    }

    /// Takes down who a request is, while its head is there.
    @inline(__always)
    private func identify(_ client: Client, _ exchange: Exchange) {
        guard let buffer = client.reader.buffer else { return }
        identity.identify(exchange, buffer)
        exchange.note(buffer, logged: logLines != nil)
    }

    /// Reads a head that comes in pieces; false when the client left without finishing one.
    @inline(never)
    private func readHead(_ client: Client, _ exchange: Exchange) async throws(Refusal) -> Bool {
        let deadline = loop.now + client.port.headerTimeout
        repeat {
            do throws(IOError) {
                guard try await client.reader.fill(until: deadline) else { return false }
            } catch {
                guard error == .timedOut, client.reader.hasBytes else { return false }
                throw .requestTimedOut
            }
        } while try !parseHead(client, exchange)
        return true
    }

    /// Decides where a request goes, or why it goes nowhere.
    func admit(_ client: Client, _ exchange: Exchange) throws(Refusal) -> Lane {
        guard let buffer = client.reader.buffer else { throw .requestIncomplete }
        try buffer.withReadable { (bytes: Span<UInt8>) throws(Refusal) in
            try settings.gate.admit(
                exchange.request,
                bytes,
                at: client.port,
                &directory,
                into: &exchange.admission
            )
        }
        if let refusal = exchange.endsHere { throw refusal }
        guard let lane = lanes.lane(for: exchange.admission) else { throw .noRoute }
        return lane
    }

    /// Answers a request ourselves, where nothing has been answered yet.
    @inline(never)
    func refuse(_ refusal: Refusal, _ client: Client, _ exchange: Exchange) async -> Ending {
        if refusal != .optionsAnswered { exchange.errorCode = refusal.code }
        guard !exchange.hasAnswered else { return .broken }
        if exchange.headLength == 0 { identity.name(exchange) }
        let mustClose =
            refusal.breaksFraming || isDraining || exchange.headLength == 0
            || !exchange.request.keepAlive || !dropBody(client, exchange)
        exchange.status = refusal.status
        exchange.hasAnswered = true
        let out = buffers.take()
        defer { buffers.give(out) }
        exchange.ownBytes = OwnAnswer.write(
            refusal,
            requestID: exchange.requestID,
            connectURL: refusal.status == 424 ? connectURL(exchange) : nil,
            isHead: exchange.request.method == .head,
            closing: mustClose,
            date: date.now(),
            to: out
        )
        do throws(IOError) {
            try await client.writer.send(
                out,
                pause: client.port.bodyTimeout
            )
        } catch {
            return .gone
        }
        return mustClose ? .closing : .complete
    }

    /// What a client hears that comes when there are too many.
    ///
    /// It has made no request yet: the name stands for the connection, and no log line tells of it.
    func tooMany() -> [UInt8] {
        let exchange = Exchange()
        identity.name(exchange)
        let out = buffers.take()
        defer { buffers.give(out) }
        _ = OwnAnswer.write(
            .tooManyConnections,
            requestID: exchange.requestID,
            isHead: false,
            closing: true,
            date: date.now(),
            to: out
        )
        return out.withReadable { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// Where the operator says that a person can connect what a request needs.
    private func connectURL(_ exchange: Exchange) -> String? {
        guard let template = settings.helpURL else { return nil }
        let admission = exchange.admission
        let fields = ["connection": admission.connectionName, "tenant": admission.tenant]
        return try? template.renderURI { fields[$0] ?? nil }.text
    }

    /// Uses up the head and a body that is wholly here; false when more of it is still to come.
    private func dropBody(_ client: Client, _ exchange: Exchange) -> Bool {
        guard !exchange.bodyBegan else { return client.reader.isFinished }
        client.reader.beginBody(exchange.request.framing, afterHead: exchange.headLength)
        // The reader counts what was gathered when it is dropped.
        exchange.gathered = 0
        while !client.reader.isFinished {
            guard let piece = try? client.reader.pieceNow() else { return false }
            client.reader.discard(piece)
        }
        return true
    }

    /// Ends a connection whose client may still be sending, so that it can read the answer first.
    @inline(never)
    private func linger(_ client: Client) async {
        client.stream.finishSending()
        let end = loop.now + .seconds(2)
        var left = 1 << 20
        client.reader.dropBuffer()
        while left > 0 {
            guard let more = try? await client.reader.fill(until: end), more else { return }
            left -= client.reader.buffer?.count ?? 0
            client.reader.dropBuffer()
        }
    }
}
