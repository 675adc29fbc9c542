package import Credentials

/// An invitation to connect: what an app shows its user or opens in a popup.
package struct Offer: Sendable, Equatable {
    /// Our connect page's URL, with the ticket in it.
    package let url: String
    /// The second since 1970 from which it is not good any more.
    package let expiresAt: WallTime

    /// Notes an invitation.
    package init(url: String, expiresAt: WallTime) {
        self.url = url
        self.expiresAt = expiresAt
    }
}

/// Why an account cannot be offered to be connected.
package enum OfferRefusal: Error, Sendable, Equatable {
    case unknownConnection(String)
    /// The connection's grant needs no person.
    case wrongGrant(String)
    case returnURLNotAllowed
    /// A tenant or parameter that cannot be: which one, and why.
    case badValue(String)
    /// The configuration lacks something.
    case configuration(String)
}

extension OfferRefusal: CustomStringConvertible {
    /// A sentence for whoever calls the admin API.
    package var description: String {
        switch self {
        case .unknownConnection(let name): "there is no connection \(name)"
        case .wrongGrant(let grant):
            "the connection's grant is \(grant); only authorization_code needs a person to connect"
        case .returnURLNotAllowed:
            "'return_url' is not under one of the `return_urls` of the admin block"
        case .badValue(let reason), .configuration(let reason): reason
        }
    }
}
