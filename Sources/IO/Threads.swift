internal import CLinux
internal import Glibc

/// What a new thread runs.
private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// The entry of every thread; a top-level function, so that it inherits no actor's isolation.
private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    unsafe attache_name_thread(String(start.name.prefix(15)))
    start.body()
    return nil
}

/// Starts a detached thread that takes no signals: those are for the main thread.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(IOError) {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    let start = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var thread = pthread_t()
    let failure = unsafe pthread_create(&thread, &attributes, threadMain, start.toOpaque())
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    unsafe pthread_attr_destroy(&attributes)
    guard failure == 0 else {
        unsafe start.release()
        throw .system(call: "pthread_create", errno: failure)
    }
}
