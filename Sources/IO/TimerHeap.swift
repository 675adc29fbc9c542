package import Time
/// Something that the event loop calls when its moment has come.
///
/// A deadline that moves later leaves the entry where it is in the heap; the loop looks at
/// `deadline` when the entry comes up and puts it back. Setting a deadline for each wait of a busy
/// connection therefore costs a store.
package class TimedEntry {
    fileprivate var heapIndex = -1
    package fileprivate(set) final var deadline = Instant.never

    package init() {}

    /// Called once on the loop when `deadline` has passed; it is `never` again by then.
    func fire(at now: Instant) {}
}

/// A binary heap of timed entries, the earliest on top; an entry knows its own place.
struct TimerHeap {
    /// An entry and the moment it is filed under.
    private struct Slot {
        var when: Instant
        let entry: TimedEntry
    }

    private var slots: [Slot] = []

    var count: Int { slots.count }

    /// When the loop must look next, which may be earlier than any real deadline.
    var next: Instant { slots.first?.when ?? .never }

    /// Sets an entry's deadline; `never` disarms it.
    mutating func set(_ entry: TimedEntry, to deadline: Instant) {
        entry.deadline = deadline
        guard deadline != .never else { return }
        if entry.heapIndex < 0 {
            entry.heapIndex = slots.count
            slots.append(Slot(when: deadline, entry: entry))
            siftUp(slots.count - 1)
        } else if deadline < slots[entry.heapIndex].when {
            slots[entry.heapIndex].when = deadline
            siftUp(entry.heapIndex)
        }
    }

    /// Takes an entry out for good.
    mutating func remove(_ entry: TimedEntry) {
        entry.deadline = .never
        guard entry.heapIndex >= 0 else { return }
        removeSlot(at: entry.heapIndex)
    }

    /// Takes out and answers one entry whose deadline is over, or nil when none is.
    mutating func popExpired(at now: Instant) -> TimedEntry? {
        while let top = slots.first, top.when <= now {
            let entry = top.entry
            if entry.deadline == .never {
                removeSlot(at: 0)
            } else if entry.deadline > now {
                slots[0].when = entry.deadline
                siftDown(0)
            } else {
                removeSlot(at: 0)
                entry.deadline = .never
                return entry
            }
        }
        return nil
    }

    private mutating func removeSlot(at index: Int) {
        slots[index].entry.heapIndex = -1
        let last = slots.removeLast()
        guard index < slots.count else { return }
        slots[index] = last
        last.entry.heapIndex = index
        siftDown(index)
        siftUp(last.entry.heapIndex)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard slots[index].when < slots[parent].when else { break }
            swap(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < slots.count {
                if slots[child].when < slots[smallest].when { smallest = child }
            }
            guard smallest != index else { return }
            swap(index, smallest)
            index = smallest
        }
    }

    private mutating func swap(_ left: Int, _ right: Int) {
        slots.swapAt(left, right)
        slots[left].entry.heapIndex = left
        slots[right].entry.heapIndex = right
    }
}
