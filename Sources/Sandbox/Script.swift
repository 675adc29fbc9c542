/// The queue of behaviours that wait for calls of the token endpoint.
struct Script: Sendable {
    private var entries: [ScriptEntry] = []
    private let max: Int

    init(max: Int) {
        self.max = max
    }

    var count: Int { entries.count }

    /// Adds entries behind the others; `false`, and none is added, if they are too many.
    mutating func append(_ more: [ScriptEntry]) -> Bool {
        guard more.count <= max - entries.count else { return false }
        entries += more
        return true
    }

    /// Takes the first entry that the call matches and that has no calls to let pass.
    ///
    /// Entries that the call matches on the way count it as passed.
    mutating func take(grant: String?, client: String?) -> ScriptEntry? {
        for index in entries.indices {
            let entry = entries[index]
            guard entry.grant == nil || entry.grant == grant,
                entry.client == nil || entry.client == client
            else { continue }
            if entry.skip > 0 {
                entries[index].skip -= 1
                continue
            }
            if entry.times > 1 {
                entries[index].times -= 1
            } else {
                entries.remove(at: index)
            }
            return entry
        }
        return nil
    }
}
