import Bytes
import Connection
import Testing

/// The buffers of one loop.
@Suite struct BufferPoolTests {
    @Test func `hands out the last buffer given back, empty`() {
        let pool = BufferPool()
        let first = pool.take()
        let second = pool.take()
        #expect(first !== second)
        first.append("bytes")
        pool.give(second)
        pool.give(first)
        #expect(pool.take() === first)
        #expect(first.isEmpty)
        #expect(pool.take() === second)
    }

    @Test func `does not keep a buffer that has grown`() {
        let pool = BufferPool()
        let large = pool.take()
        large.reserve(BufferPool.capacity + 1)
        pool.give(large)
        #expect(pool.take() !== large)
    }
}
