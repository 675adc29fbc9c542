internal import Time
internal import Bytes
package import Config
internal import IO

/// Where access log lines go: batches of whole lines, taken from any worker's thread.
package struct AccessLog: Sendable {
    package let format: AccessLogConfiguration.Format
    package let write: @Sendable ([UInt8]) -> Void

    package init(
        format: AccessLogConfiguration.Format,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.format = format
        self.write = write
    }
}

/// One worker's lines that have not been handed on yet.
final class AccessLogBuffer {
    /// Lines are handed on at this size, or after a quarter of a second.
    private static let batchBytes = 32 << 10
    let sink: AccessLog
    let lines = Buffer(capacity: 40 << 10)
    private let loop: EventLoop
    private var timer: LoopTimer?

    init(_ sink: AccessLog, loop: EventLoop) {
        self.sink = sink
        self.loop = loop
    }

    /// A line has been added: hands the batch on when it is large enough, else sees to it soon.
    func lineAdded() {
        if lines.count >= Self.batchBytes {
            flush()
        } else if timer == nil {
            let timer = LoopTimer { [unowned self] in
                self.timer = nil
                flush()
            }
            self.timer = timer
            loop.setDeadline(timer, loop.now + .milliseconds(250))
        }
    }

    /// Hands on what there is.
    func flush() {
        guard !lines.isEmpty else { return }
        let batch = lines.withReadable { bytes in
            var copy: [UInt8] = []
            copy.reserveCapacity(bytes.count)
            for index in bytes.indices { copy.append(bytes[index]) }
            return copy
        }
        lines.clear()
        sink.write(batch)
    }
}
