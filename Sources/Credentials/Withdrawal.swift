package import Crypto

/// Tokens that a person took away and that the provider has yet to be told of (RFC 7009).
///
/// Kept with the credential, so that neither a restart nor a provider that is down leaves them alive.
package struct Withdrawal: Hashable, Sendable {
    /// The most that one credential keeps; an older one is given up.
    package static let keptMax = 8

    /// Told first: with it ends the whole grant (RFC 7009 section 2.1).
    package var refreshToken: Secret?
    package var accessToken: Secret?
    /// What was kept with them, which the endpoint's URI may ask for.
    package var fields: [String: String]
    /// What a connector configures the account's client by; `nil` where there is no connector.
    package var parameters: [String: String]?
    package var since: WallTime

    /// Notes tokens that were taken away.
    package init(
        refreshToken: Secret?,
        accessToken: Secret?,
        fields: [String: String] = [:],
        parameters: [String: String]? = nil,
        since: WallTime
    ) {
        self.refreshToken = refreshToken
        self.accessToken = accessToken
        self.fields = fields
        self.parameters = parameters
        self.since = since
    }

    /// Whether there is nothing (left) to tell.
    package var isTold: Bool { refreshToken == nil && accessToken == nil }
}

extension Credential {
    /// The tokens of now, as something to tell the provider of; `nil` if there are none.
    func withdrawal(at now: WallTime) -> Withdrawal? {
        let withdrawal = Withdrawal(
            refreshToken: refreshToken,
            accessToken: accessToken,
            fields: fields,
            parameters: connector?.parameters,
            since: now
        )
        return withdrawal.isTold ? nil : withdrawal
    }

    /// The tokens of a reply to a call that was made with this credential, as something to tell the
    /// provider of.
    package func withdrawal(of reply: TokenReply, at now: WallTime) -> Withdrawal {
        Withdrawal(
            refreshToken: reply.refreshToken,
            accessToken: reply.accessToken,
            fields: fields.merging(reply.fields) { $1 },
            parameters: reply.connector?.parameters ?? connector?.parameters,
            since: now
        )
    }

    /// This credential with one more withdrawal to tell the provider of.
    package func owing(_ withdrawal: Withdrawal?) -> Credential {
        guard let withdrawal else { return self }
        var result = self
        result.withdrawals = Array((withdrawals + [withdrawal]).suffix(Withdrawal.keptMax))
        return result
    }
}
