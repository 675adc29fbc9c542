internal import Connection
internal import IO

/// Which resolved addresses a connection may dial.
///
/// A host that the configuration names itself may be anywhere but at our own listeners; one that
/// comes out of credentials must be a public address, however it is spelled.
struct AddressRules {
    let policy: AddressPolicy

    init(ownAddresses: [SocketAddress]) {
        policy = { candidate, address in
            if ownAddresses.contains(where: { $0.covers(candidate) }) { return .own }
            return address.isNamed || candidate.isPublic ? .admitted : .refused
        }
    }
}
