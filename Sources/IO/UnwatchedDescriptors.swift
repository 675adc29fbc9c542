/// Descriptors that nobody has waited for yet, but whose end somebody wants to hear of.
///
/// Most are closed again before their time has come, and were then never told to the kernel.
struct UnwatchedDescriptors {
    /// A descriptor, and which of those that its object has been one after another.
    private struct Entry {
        let descriptor: Descriptor
        let reopenings: Int
    }

    private var older: [Entry] = []
    private var newer: [Entry] = []

    var isEmpty: Bool { older.isEmpty && newer.isEmpty }

    mutating func append(_ descriptor: Descriptor) {
        newer.append(Entry(descriptor: descriptor, reopenings: descriptor.reopenings))
    }

    /// Watches those that stood here at the last call already; the others are next.
    mutating func watchOlder() {
        for entry in older where entry.descriptor.reopenings == entry.reopenings {
            // One that cannot be watched is found out when somebody waits for it.
            _ = entry.descriptor.watch()
        }
        older.removeAll(keepingCapacity: true)
        swap(&older, &newer)
    }
}
