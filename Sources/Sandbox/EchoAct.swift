import HTTP

/// What a path of the echo API asks for besides an echo.
///
/// | path | what |
/// |---|---|
/// | `status/NNN?Name=value&…` | the echo under that status, with these header fields |
/// | `bytes/N?piece=B&every_ms=M&chunked=1` | N counting bytes |
/// | `sse?count=N&interval=M` | N server-sent events, M milliseconds apart |
/// | `slow?ms=M` | the echo after M milliseconds |
/// | `delay-first-byte?ms=M` | the head at once, the body after M milliseconds |
/// | `redirect?to=URL&status=S` | a redirect |
/// | `headers?Name=value&…` | the echo with these header fields |
/// | `fault/NAME` | `reset`, `close`, `silent`, `truncate`, `drip` |
enum EchoAct {
    case bad(String)
    case status(Int, Fields)
    case reply(SandboxReply)
    case delayed(Duration)
    case late(Duration)
    case fault(Fault)

    /// The most bytes of a stream: 1 TiB.
    private static let bytesMax = 1 << 40
    /// The longest wait in milliseconds: an hour.
    private static let waitMax = 3_600_000

    /// Reads the segments behind `/api`; `nil` for a path that asks for nothing special.
    init?(_ segments: [String], _ request: Request) {
        let items = request.queryItems()
        switch (segments.first ?? "", segments.count) {
        case ("status", 2): self = EchoAct.status(segments[1], items)
        case ("bytes", 2): self = EchoAct.bytes(segments[1], items)
        case ("sse", 1): self = EchoAct.events(items)
        case ("slow", 1): self = EchoAct.wait(items, EchoAct.delayed)
        case ("delay-first-byte", 1): self = EchoAct.wait(items, EchoAct.late)
        case ("redirect", 1): self = EchoAct.redirect(items)
        case ("headers", 1): self = EchoAct.status("200", items)
        case ("fault", 2): self = EchoAct.fault(segments[1])
        case _: return nil
        }
    }

    private static func status(_ text: String, _ items: [(String, String)]) -> EchoAct {
        guard let status = number(text, 200...599) else {
            return .bad("The status must be a number from 200 to 599.")
        }
        guard items.allSatisfy({ FieldRule.allows($0.0, $0.1) }) else {
            return .bad("A header field cannot be sent.")
        }
        return .status(status, Fields(items))
    }

    private static func bytes(_ text: String, _ items: [(String, String)]) -> EchoAct {
        guard let total = number(text, 0...bytesMax),
            let piece = number(items, "piece", 1...StreamPlan.Pieces.pieceMax, 65_536),
            let wait = number(items, "every_ms", 0...waitMax, 0),
            let chunked = number(items, "chunked", 0...1, 0)
        else { return .bad("The number of bytes or an option is out of range.") }
        return .reply(
            SandboxReply(
                Response(status: 200, fields: ["Content-Type": "application/octet-stream"]),
                stream: StreamPlan(
                    .counting(total: total, piece: piece),
                    interval: .milliseconds(wait),
                    isChunked: chunked == 1
                )
            )
        )
    }

    private static func events(_ items: [(String, String)]) -> EchoAct {
        guard let count = number(items, "count", 0...1_000_000, 5),
            let wait = number(items, "interval", 0...waitMax, 100)
        else { return .bad("count or interval is out of range.") }
        return .reply(
            SandboxReply(
                Response(
                    status: 200,
                    fields: ["Content-Type": "text/event-stream", "Cache-Control": "no-store"]
                ),
                stream: StreamPlan(.events(count: count), interval: .milliseconds(wait))
            )
        )
    }

    private static func wait(
        _ items: [(String, String)],
        _ act: (Duration) -> EchoAct
    ) -> EchoAct {
        guard let wait = number(items, "ms", 0...waitMax, 1000) else {
            return .bad("ms is out of range.")
        }
        return act(.milliseconds(wait))
    }

    private static func redirect(_ items: [(String, String)]) -> EchoAct {
        let status = number(items, "status", 300...399, 302)
        guard let target = items.first(where: { $0.0 == "to" })?.1, let status,
            FieldRule.allows("Location", target)
        else { return .bad("to must be a URL, and status from 300 to 399.") }
        return .reply(SandboxReply(Response(status: status, fields: ["Location": target])))
    }

    private static func fault(_ name: String) -> EchoAct {
        switch name {
        case "reset": .fault(.resetBeforeCommit)
        case "close": .fault(.closeWithoutAnswer)
        case "silent": .fault(.silent)
        case "truncate": .fault(.truncate(bytes: 20))
        case "drip": .fault(.drip(bytes: 1, every: .milliseconds(20)))
        case _: .bad("The fault must be reset, close, silent, truncate or drip.")
        }
    }

    private static func number(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = Int(text), range.contains(number) else { return nil }
        return number
    }

    /// An option's number; `nil` if it is there and not a number of the range.
    private static func number(
        _ items: [(String, String)],
        _ name: String,
        _ range: ClosedRange<Int>,
        _ absent: Int
    ) -> Int? {
        guard let text = items.first(where: { $0.0 == name })?.1 else { return absent }
        return number(text, range)
    }
}
