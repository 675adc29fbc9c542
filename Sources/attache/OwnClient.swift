import Bytes
import Connection
import HTTP
import IO
import Time

/// Calls a server of our own: the demo's proxy, the admin API.
enum OwnClient {
    /// Sends a request on a connection of its own and reads the whole answer.
    static func send(
        _ request: Request,
        to address: SocketAddress,
        host: String,
        patience: Duration = .seconds(10)
    ) async throws(IOError) -> Response {
        let loop = try EventLoop(name: "client")
        defer { loop.stop() }
        let result = await Task(executorPreference: loop) { () -> Result<Response, IOError> in
            await Caller(loop).exchange(request, address, host, patience)
        }.value
        return try result.get()
    }

    /// The caller, on a loop of its own.
    private actor Caller: LoopActor {
        nonisolated let loop: EventLoop

        init(_ loop: EventLoop) { self.loop = loop }

        func exchange(
            _ request: Request,
            _ address: SocketAddress,
            _ host: String,
            _ patience: Duration
        ) async -> Result<Response, IOError> {
            let deadline = loop.now + patience
            do {
                let stream = try await ByteStream.connect(to: address, on: loop, until: deadline)
                defer { stream.close() }
                let out = Buffer(capacity: 4096)
                try out.append(request, authority: host, closing: true)
                try await stream.drain(out, until: deadline)
                return .success(try await read(stream, until: deadline))
            } catch {
                if let error = error as? IOError { return .failure(error) }
                if case .io(let error)? = error as? ConnectionError { return .failure(error) }
                // Not what our own servers send.
                return .failure(.closed)
            }
        }

        private func read(
            _ stream: ByteStream,
            until deadline: Instant
        ) async throws -> Response {
            let reader = MessageReader(stream, buffers: BufferPool())
            var head = ResponseHead()
            while true {
                if let length = try reader.parse(&head, limits: HeadLimits(), answering: .get) {
                    reader.beginBody(head.framing, afterHead: length)
                    break
                }
                guard try await reader.fill(until: deadline) else { throw IOError.closed }
            }
            var body: [UInt8] = []
            while !reader.isFinished {
                let piece = try await reader.piece(until: deadline)
                reader.buffer?.withReadable { bytes in
                    for index in 0..<piece.count { body.append(bytes[index]) }
                }
                reader.discard(piece)
            }
            return Response(status: head.status, body: body)
        }
    }
}
