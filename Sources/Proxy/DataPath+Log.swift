internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import HTTP
internal import IO
internal import Log

extension DataPath {
    /// The present for what the log tells; asking the kernel for it costs, so only where there is one.
    var moment: Instant { logLines == nil ? loop.now : .now }

    /// Writes the access log's line of an exchange: never a query, a header or a body.
    func log(_ client: Client, _ exchange: Exchange, _ ending: Ending) {
        guard let logLines, exchange.headLength > 0 || exchange.status > 0 else { return }
        if case .gone = ending, exchange.status == 0 { exchange.status = 499 }
        let entry = AccessLogEntry(client, exchange, ending, now: loop.now, wall: WallClock.now)
        switch logLines.sink.format {
        case .json: entry.writeJSON(to: logLines.lines)
        case .combined: entry.writeCombined(to: logLines.lines)
        }
        logLines.lineAdded()
    }
}
