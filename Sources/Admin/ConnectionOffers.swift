package import Connect

/// What invites people to connect accounts.
package protocol ConnectionOffers: Sendable {
    /// Invites somebody; see `ConnectPages`.
    func offer(
        connection: String,
        tenant: String?,
        returnURL: String?,
        parameters: [String: String]
    ) throws(OfferRefusal) -> Offer

    /// Whether a browser may be sent to a URL when connecting has ended.
    func mayReturn(to url: String) -> Bool
}

extension ConnectPages: ConnectionOffers {}
