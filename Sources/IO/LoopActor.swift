/// A loop as its actors name it to the runtime at every hop, without counting references.
@safe
package struct LoopReference: Sendable {
    fileprivate let executor: UnownedSerialExecutor

    /// Refers to a loop, which must outlive whoever keeps the reference.
    package init(_ loop: EventLoop) {
        unsafe executor = loop.asUnownedSerialExecutor()
    }
}

/// An actor that lives on one event loop: its state is that thread's own.
package protocol LoopActor: Actor {
    /// The loop, which the actor keeps alive.
    nonisolated var loop: EventLoop { get }
    /// The same loop for the runtime.
    nonisolated var reference: LoopReference { get }
}

extension LoopActor {
    package nonisolated var reference: LoopReference { LoopReference(loop) }

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe reference.executor
    }
}
