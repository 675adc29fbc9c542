internal import Bytes
internal import Config
internal import Connection
package import HTTP
internal import IO
internal import Time

/// Answers the connect pages: whole requests, that no route and no caller has a part in.
package struct PageHandler: Sendable {
    /// Answers one request; `isSecure`: it came over TLS.
    package typealias Answer =
        @Sendable (_ request: Request, _ isSecure: Bool) async -> Response

    fileprivate let answer: Answer

    /// Makes a handler of what answers.
    package init(_ answer: @escaping Answer) { self.answer = answer }

    /// Whether a path is one of the pages.
    static func has(_ bytes: Span<UInt8>, _ path: ByteRange) -> Bool {
        for prefix in ["/connect/", "/oauth-callback/"] where starts(bytes, path, prefix) {
            return true
        }
        return path.count == "/oauth-callback".utf8.count && starts(bytes, path, "/oauth-callback")
    }

    private static func starts(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        _ prefix: String
    ) -> Bool {
        let prefix = Array(prefix.utf8)
        guard path.count >= prefix.count, path.lower + prefix.count <= bytes.count else {
            return false
        }
        return prefix.indices.allSatisfy { bytes[path.lower + $0] == prefix[$0] }
    }
}

extension DataPath {
    /// The most bytes of a form's body.
    private static let formBytesMax = 16 << 10

    /// Answers a request that is for the connect pages; `nil` for any other.
    ///
    /// Called only on listeners that have the pages.
    @inline(never)
    func answerPage(_ client: Client, _ exchange: Exchange) async throws(Refusal) -> Ending? {
        guard let pages = settings.pages, var request = try pageRequest(client, exchange) else {
            return nil
        }
        request.body = try await form(client, exchange)
        let response = await pages.answer(request, client.port.tls != nil)
        return await send(response, client, exchange)
    }

    /// The request as text, without its body; `nil` where the path is not one of the pages.
    private func pageRequest(
        _ client: Client,
        _ exchange: Exchange
    ) throws(Refusal) -> Request? {
        guard let buffer = client.reader.buffer else { throw .requestIncomplete }
        return try buffer.withReadable { (bytes: Span<UInt8>) throws(Refusal) -> Request? in
            let head = exchange.request
            guard PageHandler.has(bytes, head.path) else { return nil }
            guard client.port.answers(to: head.hostAndPort?.host, in: bytes) else {
                throw .misdirected
            }
            if let fault = TargetCheck.verify(bytes, path: head.path, encodedSlash: .refuse) {
                throw .badTarget(fault.message)
            }
            if let query = head.query, let fault = TargetCheck.verify(bytes, query: query) {
                throw .badTarget(fault.message)
            }
            switch head.method {
            case .trace, .connect: throw .methodRefused
            default: break
            }
            var fields = Fields()
            for field in head.fields {
                fields.append(Exchange.text(bytes, field.name), Exchange.text(bytes, field.value))
            }
            if let authority = head.authority {
                fields.set("Host", Exchange.text(bytes, authority))
            }
            let query = head.query.map { "?" + Exchange.text(bytes, $0) } ?? ""
            return Request(
                method: Exchange.text(bytes, head.methodRange),
                target: Exchange.text(bytes, head.path) + query,
                fields: fields
            )
        }
    }

    /// Reads the whole body, which is a small form or nothing.
    private func form(_ client: Client, _ exchange: Exchange) async throws(Refusal) -> [UInt8] {
        if case .length(let length) = exchange.request.framing, length > Self.formBytesMax {
            throw .bodyTooLarge
        }
        await beginUpload(client, exchange)
        let deadline = loop.now + client.port.bodyTimeout
        var body: [UInt8] = []
        while !client.reader.isFinished {
            let piece: MessageReader.Piece
            do throws(ConnectionError) {
                piece = try await client.reader.piece(until: deadline)
            } catch {
                throw error == .io(.timedOut) ? .requestTimedOut : .requestIncomplete
            }
            guard body.count + piece.count <= Self.formBytesMax else { throw .bodyTooLarge }
            client.reader.buffer?.withReadable { bytes in
                for index in 0..<min(piece.count, bytes.count) { body.append(bytes[index]) }
            }
            client.reader.discard(piece)
        }
        return body
    }

    private func send(
        _ response: Response,
        _ client: Client,
        _ exchange: Exchange
    ) async -> Ending {
        let mustClose = isDraining || !exchange.request.keepAlive
        let out = buffers.take()
        defer { buffers.give(out) }
        do throws(HTTPError) {
            try out.append(
                response,
                closing: mustClose,
                answering: exchange.request.method,
                now: Int(WallClock.now)
            )
        } catch {
            exchange.errorCode = "bad_answer"
            return .broken
        }
        exchange.status = response.status
        exchange.ownBytes = exchange.request.method == .head ? 0 : response.body.count
        exchange.hasAnswered = true
        do throws(IOError) {
            try await client.writer.send(out, pause: client.port.bodyTimeout)
        } catch {
            return .gone
        }
        return mustClose ? .closing : .complete
    }
}
