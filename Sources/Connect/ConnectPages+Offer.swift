internal import Config
internal import Credentials
internal import OAuth

extension ConnectPages {
    /// The most bytes of a tenant's name.
    private static let tenantBytesMax = 256
    /// Browsers keep cookies of 4096 bytes, name and attributes included.
    private static let flowBytesMax = 3600

    /// Invites somebody to connect an account.
    ///
    /// All that is asked for is sealed into the URL's ticket: who opens it can change nothing of it.
    /// - Parameters:
    ///   - connection: The connection's name; its grant is `authorization_code`.
    ///   - tenant: The account, of 1 to 256 bytes; `nil` for the connection's only one.
    ///   - returnURL: Where the browser goes afterwards; under one of `return_urls`.
    ///   - parameters: Values for templates, kept with the credentials.
    /// - Returns: The URL to open, and when it ends.
    /// - Throws: `OfferRefusal`.
    package func offer(
        connection: String,
        tenant: String?,
        returnURL: String?,
        parameters: [String: String]
    ) throws(OfferRefusal) -> Offer {
        if let tenant, !(1...Self.tenantBytesMax).contains(tenant.utf8.count) {
            throw .badValue("a tenant has 1 to \(Self.tenantBytesMax) bytes")
        }
        if let problem = TemplateValues.problem(of: parameters) { throw .badValue(problem) }
        if let returnURL, !mayReturn(to: returnURL) { throw .returnURLNotAllowed }
        let id = CredentialID(connection: connection, tenant: tenant)
        let errand = Errand(id, parameters: parameters, returnURL: returnURL)
        guard let configured = self.connection(connection) else {
            throw .unknownConnection(connection)
        }
        guard configured.grant == .authorizationCode else {
            throw .wrongGrant(configured.grant.rawValue)
        }
        let endpoints = try knownEndpoints(errand, configured)
        guard let state = FlowState(now: now(), envelope),
            let flow = flow(for: errand, endpoints, of: configured, state: state).sealed(envelope)
        else { throw .configuration("there is no memory to seal a ticket") }
        guard flow.utf8.count <= Self.flowBytesMax else {
            throw .badValue("tenant, parameters and return_url together are too long")
        }
        let ticket = Ticket(for: errand, now: now())
        guard let text = ticket.sealed(envelope) else {
            throw .configuration("there is no memory to seal a ticket")
        }
        return Offer(
            url: "\(settings.url(ConnectPath.start(of: connection)))?ticket=\(text)",
            expiresAt: WallTime(seconds: Double(ticket.expiresAt))
        )
    }

    /// What the configuration alone says of the provider; neither the issuer nor a connector that
    /// configures each account by a script is asked for an offer.
    private func knownEndpoints(
        _ errand: Errand,
        _ connection: ConnectionConfiguration
    ) throws(OfferRefusal) -> FlowEndpoints {
        let endpoints = Endpoints(values(of: errand, for: connection))
        let asksScript = connection.connector?.asksForEachAccount == true
        let isDiscovered = endpoints.issuer != nil || asksScript
        do throws(PlanProblem) {
            let authorizeURI = try Self.authorizeURI(endpoints)
            guard authorizeURI != nil || isDiscovered else { throw .noEndpoint("authorize_uri") }
            let tokenURI = try Self.tokenURI(endpoints)
            guard tokenURI != nil || isDiscovered else { throw .noEndpoint("token_uri") }
            return FlowEndpoints(
                issuer: endpoints.issuer,
                promisesIssuer: false,
                tokenURI: tokenURI ?? "",
                clientID: asksScript ? "" : try Self.clientID(connection)
            )
        } catch {
            throw .configuration(error.description)
        }
    }

    /// Whether `return_urls` allows a URL.
    package func mayReturn(to url: String) -> Bool {
        ReturnURL.isAllowed(url, by: settings.returnURLs)
    }
}
