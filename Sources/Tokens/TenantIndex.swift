internal import Credentials
internal import Time

/// Where every tenant that has credentials stands: enough to page through them, and to keep them
/// alive, without opening a record.
struct TenantIndex {
    /// What is known of one tenant.
    struct Entry {
        var state: ConnectionState
        /// When it is to be refreshed though nobody uses it; `never`: not at all.
        var keepAt: Instant
    }

    /// The tenants of one connection.
    fileprivate struct Tenants {
        var entries: [String: Entry] = [:]
        /// The names in order, but for those added since, and with some that are gone.
        var order: [String] = []
        var added: [String] = []
        var removed = 0
    }

    private var connections: [String: Tenants] = [:]

    /// How many tenants there are.
    var count: Int { connections.values.reduce(0) { $0 + $1.entries.count } }

    subscript(id: CredentialID) -> Entry? {
        get { id.tenant.flatMap { connections[id.connection]?.entries[$0] } }
        set {
            guard let tenant = id.tenant else { return }
            connections[id.connection, default: Tenants()].set(tenant, newValue)
        }
    }

    /// Forgets the tenants of a connection.
    mutating func remove(connection: String) { connections[connection] = nil }

    /// The tenants of a connection that come after another one, in order, at most so many.
    ///
    /// `tenant` and `state`, where given, are the only ones wanted.
    mutating func tenants(
        of connection: String,
        after: String?,
        tenant: String?,
        state: ConnectionState?,
        limit: Int
    ) -> [CredentialID] {
        connections[connection]?.settle()
        guard let tenants = connections[connection] else { return [] }
        var found: [CredentialID] = []
        if let tenant {
            guard let entry = tenants.entries[tenant], after.map({ $0 < tenant }) ?? true,
                state == nil || state == entry.state
            else { return [] }
            return [CredentialID(connection: connection, tenant: tenant)]
        }
        for name in tenants.order[tenants.place(after: after)...] {
            guard found.count < limit else { break }
            guard state == nil || tenants.entries[name]?.state == state else { continue }
            found.append(CredentialID(connection: connection, tenant: name))
        }
        return found
    }

    /// The tenants of a connection that are to be kept alive by now, and when the next one is.
    func due(of connection: String, at now: Instant) -> (ids: [CredentialID], next: Instant) {
        var ids: [CredentialID] = []
        var next = Instant.never
        for (name, entry) in connections[connection]?.entries ?? [:] {
            if entry.keepAt <= now {
                ids.append(CredentialID(connection: connection, tenant: name))
            } else {
                next = min(next, entry.keepAt)
            }
        }
        return (ids, next)
    }
}

extension TenantIndex.Tenants {
    /// Sets or removes what is known of a tenant.
    fileprivate mutating func set(_ tenant: String, _ entry: TenantIndex.Entry?) {
        let isOld = entries[tenant] != nil
        entries[tenant] = entry
        if !isOld, entry != nil { added.append(tenant) }
        if isOld, entry == nil { removed += 1 }
    }

    /// Puts the names in order after changes.
    fileprivate mutating func settle() {
        guard !added.isEmpty || removed > 0 else { return }
        order += added
        added = []
        removed = 0
        order.sort()
        var last: String?
        order.removeAll { name in
            defer { last = name }
            // One that was removed and added again is there twice.
            return name == last || entries[name] == nil
        }
    }

    /// The place of the first name after another one.
    fileprivate func place(after name: String?) -> Int {
        guard let name else { return 0 }
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if order[middle] <= name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
