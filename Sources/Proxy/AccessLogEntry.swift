internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import Credentials
internal import HTTP
internal import IO
internal import JSON

/// What the access log tells of one exchange.
struct AccessLogEntry {
    private let exchange: Exchange
    private let client: Client
    private let total: Duration
    private let wall: Double
    private let errorCode: String?

    init(_ client: Client, _ exchange: Exchange, _ ending: Ending, now: Instant, wall: Double) {
        self.client = client
        self.exchange = exchange
        total = now - exchange.started
        self.wall = wall
        if case .broken = ending {
            errorCode = exchange.errorCode ?? "upstream_protocol"
        } else {
            errorCode = exchange.errorCode
        }
    }

    private var bytesIn: Int {
        exchange.gathered + client.reader.bodyBytes - exchange.bytesBefore.0
    }

    private var bytesOut: Int {
        exchange.ownBytes + client.writer.bodyBytes - exchange.bytesBefore.1
    }

    /// Appends one JSON object and a newline.
    func writeJSON(to out: Buffer) {
        out.append("{\"time\":\"")
        out.append(HTTPDate.rfc3339(wall))
        out.append("\",\"request_id\":")
        appendQuoted(String(decoding: exchange.requestID, as: UTF8.self), to: out)
        out.append(",\"listener\":")
        appendQuoted(client.port.configuration.name, to: out)
        out.append(",\"route\":")
        appendQuoted(exchange.admission.block?.configuration.pattern, to: out)
        out.append(",\"connection\":")
        appendQuoted(exchange.admission.connectionName, to: out)
        out.append(",\"caller\":")
        appendQuoted(exchange.admission.caller?.name, to: out)
        out.append(",\"client\":")
        appendQuoted(client.address, to: out)
        out.append(",\"method\":")
        appendQuoted(exchange.methodText, to: out)
        out.append(",\"path\":")
        appendQuoted(exchange.pathText, to: out)
        out.append(",\"status\":")
        out.append(decimal: exchange.status)
        out.append(",\"bytes_in\":")
        out.append(decimal: bytesIn)
        out.append(",\"bytes_out\":")
        out.append(decimal: bytesOut)
        out.append(",\"ms\":")
        appendMilliseconds(total, to: out)
        out.append(",\"upstream_ms\":")
        appendMilliseconds(exchange.upstreamTime, to: out)
        out.append(",\"token_wait_ms\":")
        appendMilliseconds(exchange.tokenWait, to: out)
        out.append(",\"token\":")
        appendQuoted(exchange.tokenPath?.rawValue, to: out)
        out.append(",\"error\":")
        appendQuoted(errorCode, to: out)
        out.append("}\n")
    }

    /// Appends a line in the form that nginx and Apache call combined; referrer and agent are not kept.
    func writeCombined(to out: Buffer) {
        out.append(client.address)
        out.append(" - - [")
        out.append(HTTPDate.commonLog(wall))
        out.append("] \"")
        out.append(exchange.methodText ?? "-")
        out.append(" ")
        out.append(
            (exchange.pathText ?? "-").split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "%22")
        )
        out.append(" HTTP/1.")
        out.append(decimal: exchange.request.minorVersion)
        out.append("\" ")
        out.append(decimal: exchange.status)
        out.append(" ")
        out.append(decimal: bytesOut)
        out.append(" \"-\" \"-\"\n")
    }

    private func appendQuoted(_ text: String?, to out: Buffer) {
        guard let text else {
            out.append("null")
            return
        }
        out.append(JSONText.quoted(text))
    }

    /// Appends a duration in milliseconds with three decimals; `null` for none.
    private func appendMilliseconds(_ duration: Duration?, to out: Buffer) {
        guard let duration else {
            out.append("null")
            return
        }
        let microseconds = Int(duration.nanoseconds / 1000)
        out.append(decimal: microseconds / 1000)
        out.append(".")
        let rest = microseconds % 1000
        if rest < 100 { out.append("0") }
        if rest < 10 { out.append("0") }
        out.append(decimal: rest)
    }
}
