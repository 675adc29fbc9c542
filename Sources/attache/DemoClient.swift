import Bytes
import Connection
import HTTP
import IO
import Time

/// Sends the demo's one request.
enum DemoClient {
    /// Sends a whole request and reads the answer to the connection's end.
    static func send(
        _ request: String,
        to address: SocketAddress
    ) async throws(Assembly.Failure) -> (status: Int, body: [UInt8]) {
        do {
            let loop = try EventLoop(name: "demo")
            defer { loop.stop() }
            return try await Task(executorPreference: loop) {
                try await Caller(loop).exchange(request, address)
            }.value
        } catch {
            throw Assembly.Failure(message: "the demo's request failed: \(error)")
        }
    }

    /// The caller, on a loop of its own.
    private actor Caller: LoopActor {
        nonisolated let loop: EventLoop

        init(_ loop: EventLoop) { self.loop = loop }

        func exchange(
            _ request: String,
            _ address: SocketAddress
        ) async throws -> (status: Int, body: [UInt8]) {
            let deadline = loop.now + .seconds(10)
            let stream = try await ByteStream.connect(to: address, on: loop, until: deadline)
            defer { stream.close() }
            let out = Buffer(capacity: 1024)
            out.append(request)
            try await stream.drain(out, until: deadline)
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
            return (head.status, body)
        }
    }
}
