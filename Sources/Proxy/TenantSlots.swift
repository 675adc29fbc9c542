internal import Credentials

/// What one event loop has prepared for tenants: a bounded number of slots, of which those that
/// nobody used lately make room (the clock algorithm).
///
/// Callers name tenants, so only a slot that a request was served with is kept.
final class TenantSlots {
    /// The most slots, of all routes of a loop together.
    static let slotsMax = 8192

    /// A lane, and the account.
    private struct Key: Hashable {
        let lane: ObjectIdentifier
        let id: CredentialID

        init(_ lane: Lane, _ tenant: String) {
            self.lane = ObjectIdentifier(lane)
            id = CredentialID(connection: "", tenant: tenant)
        }
    }

    /// One kept slot.
    ///
    /// The lane is held, so that no other one can have its identity.
    private struct Place {
        let key: Key
        let lane: Lane
        let slot: InjectionSlot
        var isUsed = true
    }

    private let capacity: Int
    private var places: [Place?] = []
    private var index: [Key: Int] = [:]
    private var hand = 0

    init(capacity: Int = TenantSlots.slotsMax) {
        self.capacity = capacity
    }

    /// The slot of a lane's tenant, if one is kept.
    func slot(of tenant: String, in lane: Lane) -> InjectionSlot? {
        guard let place = index[Key(lane, tenant)] else { return nil }
        places[place]?.isUsed = true
        return places[place]?.slot
    }

    /// Keeps a slot that a request was served with, in the place of another one when all are taken.
    func keep(_ slot: InjectionSlot, of tenant: String, in lane: Lane) {
        let key = Key(lane, tenant)
        guard index[key] == nil, !lane.isRetired else { return }
        slot.isKept = true
        let place = Place(key: key, lane: lane, slot: slot)
        if places.count < capacity {
            index[key] = places.count
            places.append(place)
            return
        }
        while places[hand]?.isUsed == true {
            places[hand]?.isUsed = false
            hand = (hand + 1) % capacity
        }
        if let old = places[hand] {
            old.slot.isKept = false
            index[old.key] = nil
        }
        places[hand] = place
        index[key] = hand
        hand = (hand + 1) % capacity
    }

    /// Forgets all tenants of a lane.
    func forget(_ lane: Lane) {
        for place in places.indices where places[place]?.lane === lane {
            guard let key = places[place]?.key else { continue }
            index[key] = nil
            places[place] = nil
        }
    }

    /// How many are kept.
    var count: Int { index.count }
}
