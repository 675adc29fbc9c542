package import Bytes

/// The buffers of one event loop, handed out only while they hold bytes.
///
/// The last one given back is the next one taken, so that a busy loop works in the same warm
/// memory and an idle connection holds none.
package final class BufferPool {
    /// What one buffer holds: a head at its largest, or one read of a body.
    package static let capacity = 64 << 10
    private static let keptMax = 64

    private var free: [Buffer] = []

    package init() {}

    /// Takes an empty buffer.
    package func take() -> Buffer {
        free.popLast() ?? Buffer(capacity: Self.capacity)
    }

    /// Takes a buffer back; its bytes are forgotten.
    package func give(_ buffer: consuming Buffer) {
        guard free.count < Self.keptMax, buffer.capacity == Self.capacity else { return }
        buffer.clear()
        free.append(buffer)
    }
}
