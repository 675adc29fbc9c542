package import Bytes
internal import CLinux
internal import Glibc

extension ByteStream {
    /// Up to here copying the pieces together costs less than giving the kernel several.
    private static let joinedBytesMax = 4096
    /// What one TLS record holds.
    private static let recordBytesMax = 16_384

    /// Sends a head, a piece of a body out of another buffer and what ends it, in one call where
    /// possible.
    ///
    /// What was sent is consumed from each; `count` says how much of `body` belongs to the piece.
    /// Answers how much of the piece is left and whether all three are done.
    ///
    /// - Throws: `IOError.closed` when the connection broke.
    package func write(
        head: Buffer,
        body: Buffer?,
        count: Int,
        tail: Buffer?
    ) throws(IOError) -> (left: Int, done: Bool) {
        var left = min(count, body?.count ?? 0)
        let together = head.count + left + (tail?.count ?? 0)
        if together <= (isTLS ? Self.recordBytesMax : Self.joinedBytesMax) {
            if let body {
                head.append(ByteRange(0, left), of: body)
                body.consume(left)
            }
            if let tail {
                head.append(ByteRange(0, tail.count), of: tail)
                tail.clear()
            }
            return (0, try write(from: head))
        }
        if isTLS {
            guard try write(from: head) else { return (left, false) }
            if let body {
                let before = body.count
                let isSent = try write(from: body, count: left)
                left -= before - body.count
                guard isSent else { return (left, false) }
            }
            return (0, try tail.map { tail throws(IOError) in try write(from: tail) } ?? true)
        }
        return try gather(head, body, &left, tail)
    }

    private func gather(
        _ head: Buffer,
        _ body: Buffer?,
        _ left: inout Int,
        _ tail: Buffer?
    ) throws(IOError) -> (left: Int, done: Bool) {
        while true {
            let ofTail = tail?.count ?? 0
            let total = head.count + left + ofTail
            if total == 0 { return (0, true) }
            guard mayWrite else { return (left, false) }
            let put = unsafe attache_send3(
                fd,
                head.readable.baseAddress,
                head.count,
                body?.readable.baseAddress,
                left,
                tail?.readable.baseAddress,
                ofTail,
                endsSoon ? 1 : 0
            )
            if put < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN || errno == EWOULDBLOCK else { throw .closed }
                mayWrite = false
                return (left, false)
            }
            if put < total { mayWrite = false }
            let ofHead = min(put, head.count)
            head.consume(ofHead)
            let ofBody = min(put - ofHead, left)
            body?.consume(ofBody)
            left -= ofBody
            tail?.consume(put - ofHead - ofBody)
        }
    }
}
