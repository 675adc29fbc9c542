internal import Config
internal import Connection
internal import IO

/// Which resolved addresses a connection may dial.
///
/// A host that the configuration names literally may be anywhere but at our own listeners; one that
/// comes out of credentials or parameters must be a public address, however it is spelled.
struct AddressRules {
    let policy: AddressPolicy

    init(_ connection: ConnectionConfiguration, ownAddresses: [SocketAddress]) {
        let isLiteral = connection.api.literalHost != nil
        policy = { address in
            if ownAddresses.contains(where: { $0.covers(address) }) { return .own }
            return isLiteral || address.isPublic ? .admitted : .refused
        }
    }
}
