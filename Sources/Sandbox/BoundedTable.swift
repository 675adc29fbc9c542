/// A dictionary with a cap that forgets its oldest entry to make room for a new one.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// The most entries it holds.
    let capacity: Int
    private var values: [Key: Value] = [:]
    /// Keys in the order they came, removed ones included until the next compaction.
    private var order: [Key] = []
    private var first = 0

    /// Makes an empty table for at most that many entries, and at least one.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { values.count }
    var all: Dictionary<Key, Value>.Values { values.values }

    /// The value of a key; assigning to a key that is absent adds it as the newest.
    subscript(key: Key) -> Value? {
        get { values[key] }
        set {
            guard let newValue else {
                values[key] = nil
                return
            }
            if values.updateValue(newValue, forKey: key) == nil {
                order.append(key)
                makeRoom()
            }
        }
    }

    /// Changes a value in place, and tells whether it was there.
    @discardableResult
    mutating func change(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard let index = values.index(forKey: key) else { return false }
        body(&values.values[index])
        return true
    }

    /// Removes what the test accepts, and returns how many entries that were.
    mutating func remove(where isUnwanted: (Key, Value) -> Bool) -> Int {
        let before = values.count
        values = values.filter { !isUnwanted($0.key, $0.value) }
        return before - values.count
    }

    /// Forgets the oldest entries above the cap, and keys that were removed long ago.
    ///
    /// A key that was removed and added again stands twice in the order until then; it may be
    /// forgotten early, which a cap allows.
    private mutating func makeRoom() {
        while values.count > capacity, first < order.count {
            values[order[first]] = nil
            first += 1
        }
        guard first > capacity || order.count - first > 2 * capacity else { return }
        var seen: Set<Key> = []
        order = order[first...].filter { values[$0] != nil && seen.insert($0).inserted }
        first = 0
    }
}
