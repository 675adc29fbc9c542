package import HTTP

/// What the sandbox does about a request: an answer, and how it is played.
package struct SandboxReply: Sendable {
    package var response: Response
    /// How long to wait before the first byte.
    package var delay: Duration?
    package var fault: Fault?
    /// The body in place of the response's own.
    package var stream: StreamPlan?
    /// Which call of the token endpoint this answers; told back by `SandboxService.finished`.
    package var call: TokenCallMark?

    /// Makes a reply.
    package init(
        _ response: Response,
        delay: Duration? = nil,
        fault: Fault? = nil,
        stream: StreamPlan? = nil,
        call: TokenCallMark? = nil
    ) {
        self.response = response
        self.delay = delay
        self.fault = fault
        self.stream = stream
        self.call = call
    }

    /// How a driver plays the reply, all faults resolved.
    package var playback: Playback {
        let start = delay ?? .zero
        switch fault {
        case .silent: return Playback(start: start, kind: .never)
        case .closeWithoutAnswer: return Playback(start: start, kind: .close)
        case .resetBeforeCommit, .resetAfterCommit: return Playback(start: start, kind: .reset)
        case .truncate(let bytes):
            let body = response.body
            let kept = Array(body.prefix(max(0, bytes)))
            let plan = StreamPlan(.body(kept, piece: Int.max, total: kept.count))
            // A body that fits is announced longer than it is, so that it always ends early.
            return Playback(
                start: start,
                kind: .answer(
                    head: head,
                    contentLength: max(body.count, kept.count + 1),
                    plan,
                    isWhole: false
                )
            )
        case .drip(let bytes, let interval):
            let plan = StreamPlan(
                .body(response.body, piece: bytes, total: response.body.count),
                interval: interval
            )
            return whole(plan, start: start)
        case .oversize(let bytes):
            let total = max(bytes, response.body.count)
            return whole(
                StreamPlan(.body(response.body, piece: Int.max, total: total)),
                start: start
            )
        case nil:
            let body = response.body
            return whole(
                stream ?? StreamPlan(.body(body, piece: Int.max, total: body.count)),
                start: start
            )
        }
    }

    private var head: Response {
        Response(status: response.status, fields: response.fields)
    }

    private func whole(_ plan: StreamPlan, start: Duration) -> Playback {
        Playback(
            start: start,
            kind: .answer(head: head, contentLength: plan.contentLength, plan, isWhole: true)
        )
    }
}

/// What a driver does for a reply, step by step.
package struct Playback: Sendable, Equatable {
    /// What happens after the delay.
    package enum Kind: Sendable, Equatable {
        /// Nothing, until the caller or the sandbox goes.
        case never
        /// The connection is closed.
        case close
        /// The connection is reset.
        case reset
        /// Head, then the plan's pieces. Chunked where `contentLength` is `nil`. The connection is
        /// closed behind the last piece unless the answer is whole.
        case answer(head: Response, contentLength: Int?, StreamPlan, isWhole: Bool)
    }

    /// How long to wait before the first step.
    package let start: Duration
    package let kind: Kind
}
