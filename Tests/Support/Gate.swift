import Glibc

/// Blocks threads until a test opens it.
package final class Gate: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    package init() {
        var ends: [Int32] = [0, 0]
        unsafe pipe(&ends)
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Waits until the gate is open.
    package func pass() {
        var byte: UInt8 = 0
        // The byte goes back, so that the gate stays open for the next one.
        if unsafe read(readEnd, &byte, 1) == 1 { unsafe write(writeEnd, &byte, 1) }
    }

    /// Lets everybody pass, for good.
    package func open() {
        var byte: UInt8 = 1
        unsafe write(writeEnd, &byte, 1)
    }
}
