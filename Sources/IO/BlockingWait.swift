internal import Glibc
internal import Time

/// How a thread that may block waits for a descriptor.
enum BlockingWait {
    /// Waits for events of `poll`; false when the deadline came first.
    static func wait(for events: CInt, on file: CInt, until deadline: Instant) -> Bool {
        while true {
            let left = (deadline - Instant.now).components
            guard left.seconds >= 0, left.attoseconds >= 0 else { return false }
            let pause = left.seconds.multipliedReportingOverflow(by: 1000)
            let milliseconds = left.attoseconds / 1_000_000_000_000_000
            var poll = pollfd(fd: file, events: Int16(events), revents: 0)
            let ready = unsafe Glibc.poll(
                &poll,
                1,
                pause.overflow ? .max : CInt(clamping: pause.partialValue + milliseconds + 1)
            )
            if ready > 0 { return true }
        }
    }
}
