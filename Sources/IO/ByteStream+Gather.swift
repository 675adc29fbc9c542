package import Bytes
internal import CLinux
internal import Glibc

extension ByteStream {
    /// Sends a head, a piece of a body out of another buffer and what ends it, in one call where possible.
    ///
    /// What was sent is consumed from each; `count` says how much of `body` belongs to the piece.
    /// Answers how much of the piece is left and whether all three are done.
    ///
    /// - Throws: `IOError.closed` when the connection broke.
    package func write(
        head: Buffer,
        body: Buffer,
        count: Int,
        tail: Buffer
    ) throws(IOError) -> (left: Int, done: Bool) {
        if isTLS { return try writeEncrypted(head: head, body: body, count: count, tail: tail) }
        var left = min(count, body.count)
        while true {
            let total = head.count + left + tail.count
            if total == 0 { return (0, true) }
            guard mayWrite else { return (left, false) }
            let put = unsafe attache_send3(
                fd,
                head.readable.baseAddress,
                head.count,
                body.readable.baseAddress,
                left,
                tail.readable.baseAddress,
                tail.count,
                0
            )
            if put < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN || errno == EWOULDBLOCK else { throw .closed }
                mayWrite = false
                return (left, false)
            }
            if put < total { mayWrite = false }
            var sent = put
            let ofHead = min(sent, head.count)
            head.consume(ofHead)
            sent -= ofHead
            let ofBody = min(sent, left)
            body.consume(ofBody)
            left -= ofBody
            sent -= ofBody
            tail.consume(sent)
        }
    }

    /// The same through TLS: small pieces leave in one record, large ones as they are.
    private func writeEncrypted(
        head: Buffer,
        body: Buffer,
        count: Int,
        tail: Buffer
    ) throws(IOError) -> (left: Int, done: Bool) {
        var left = min(count, body.count)
        let together = head.count + left + tail.count
        if !head.isEmpty, left > 0, together <= 16_384 {
            head.append(ByteRange(0, left), of: body)
            body.consume(left)
            left = 0
        }
        if left == 0, !tail.isEmpty, head.count + tail.count <= 16_384 {
            head.append(ByteRange(0, tail.count), of: tail)
            tail.clear()
        }
        guard try write(from: head) else { return (left, false) }
        let before = body.count
        guard try write(from: body, count: left) else {
            return (left - (before - body.count), false)
        }
        return (0, try write(from: tail))
    }
}
