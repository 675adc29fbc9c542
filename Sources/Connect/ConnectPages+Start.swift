internal import Config
internal import Credentials
internal import HTTP
internal import Log

extension ConnectPages {
    /// The page of a connection, and what its button does.
    func start(_ name: String, _ request: Request, isSecure: Bool) async -> Response {
        do throws(ConnectFault) {
            switch request.method {
            case "GET":
                let ticket = try await ticket(in: request.query ?? "", for: name)
                guard settings.confirm else { return try await leave(with: ticket, request) }
                return try await ask(ticket)
            case "POST":
                try checkSite(request, isSecure: isSecure)
                let body = String(validating: request.body, as: UTF8.self)
                let ticket = try await ticket(in: body ?? "", for: name)
                return try await leave(with: ticket, request)
            case _: return methodRefused(allowed: settings.confirm ? "GET, POST" : "GET")
            }
        } catch {
            return Page.fault(error)
        }
    }

    /// Refuses a form that was sent from a page which is not our own.
    ///
    /// Every browser says where a form comes from; who says nothing is no browser, and has no
    /// cookies that somebody else could use.
    private func checkSite(_ request: Request, isSecure: Bool) throws(ConnectFault) {
        let sites = request.fields.all("Sec-Fetch-Site").map { $0.lowercased() }
        guard sites.allSatisfy({ $0 == "same-origin" }) else { throw .crossSite }
        let own = request.fields["Host"].map { "\(isSecure ? "https" : "http")://\($0)" }
        for origin in request.fields.all("Origin").map({ $0.lowercased() }) {
            let isOwn = origin == settings.origin || origin == own?.lowercased()
            guard isOwn || origin == "null" && !sites.isEmpty else { throw .crossSite }
        }
    }

    /// The ticket among the parameters of a form, if it is one for this connection and unused.
    private func ticket(in form: String, for name: String) async throws(ConnectFault) -> Ticket {
        let texts = (FormEncoding.decode(form) ?? []).filter { $0.0 == "ticket" }.map(\.1)
        guard texts.count == 1, let text = texts.first, let ticket = Ticket(text, envelope),
            ticket.errand.credential.connection == name
        else { throw .ticketBroken }
        guard now() < ticket.expiresAt else { throw .ticketExpired }
        try await checkUnspent(ticket.id, until: ticket.expiresAt, or: .ticketSpent)
        return ticket
    }

    /// The page with the button.
    private func ask(_ ticket: Ticket) async throws(ConnectFault) -> Response {
        let plan = try await plan(for: ticket.errand)
        guard let text = ticket.sealed(envelope) else { throw .ticketBroken }
        return Page.ask(
            label: plan.connection.label,
            tenant: ticket.errand.credential.tenant,
            scopes: plan.connection.scopes,
            destination: plan.authorizeURI,
            action: FormEncoding.percentEncode(plan.connection.name),
            ticket: text
        )
    }

    /// Spends the ticket and sends the browser to the provider, with the flow in a cookie.
    private func leave(
        with ticket: Ticket,
        _ request: Request
    ) async throws(ConnectFault) -> Response {
        guard let state = FlowState(now: now(), envelope) else { throw .busy }
        let plan = try await plan(for: ticket.errand, state: state)
        let flow = flow(for: ticket.errand, plan.endpoints, of: plan.connection, state: state)
        guard let sealed = flow.sealed(envelope) else { throw .busy }
        try await spend(ticket.id, until: ticket.expiresAt, or: .ticketSpent)
        var response = Response(status: 303)
        for name in cookie.superfluous(in: request, envelope, now: now()) {
            response.fields.append("Set-Cookie", cookie.clearing(name))
        }
        response.fields.append("Set-Cookie", cookie.setting(flow, sealed))
        let uri = AuthorizeURI(flow, at: plan.authorizeURI, of: plan.connection)
        response.fields.append("Location", uri.text)
        let name = ticket.errand.credential.connection
        logger.log(.info, "connect started", ["connection": name])
        return response
    }

    /// Refuses what was used up.
    func checkUnspent(
        _ id: [UInt8],
        until expiry: Int,
        or used: ConnectFault
    ) async throws(ConnectFault) {
        let isSpent: Bool
        do throws(MarksUnavailable) {
            isSpent = try await marks.isSpent(id, until: expiry)
        } catch {
            throw busy(error)
        }
        guard !isSpent else { throw used }
    }

    /// Uses something up, durably.
    func spend(
        _ id: [UInt8],
        until expiry: Int,
        or used: ConnectFault
    ) async throws(ConnectFault) {
        let isFirst: Bool
        do throws(MarksUnavailable) {
            isFirst = try await marks.spend(id, until: expiry)
        } catch {
            throw busy(error)
        }
        guard isFirst else { throw used }
    }
}
