internal import Time
internal import Config
internal import Connection
internal import Credentials
internal import IO

/// What a worker keeps of one account's token: the published slot, and the lines rendered from it.
final class InjectionSlot {
    /// Whose token it is; `nil` where no token is injected.
    let id: CredentialID?
    /// Whether the worker finds it again; if not, it goes with its request.
    var isKept = false
    private let route: Route
    private let tenant: String?
    private let tokens: any TokenSource
    private var reader: TokenReader?
    private var rendered: Injection?

    init(_ route: Route, tenant: String?, _ tokens: any TokenSource) {
        self.route = route
        self.tenant = tenant
        self.tokens = tokens
        let connection = route.connection
        id =
            connection.grant == .none
            ? nil : CredentialID(connection: connection.name, tenant: tenant)
        reader = id.map { TokenReader(tokens.slot(for: $0)) }
    }

    /// The injection, if the token is good and nobody has to be asked.
    ///
    /// - Throws: `Refusal` when the route's templates cannot be filled.
    func ready(at now: Instant) throws(Refusal) -> Injection? {
        guard reader != nil else { return try render(nil) }
        let moment = Instant(nanoseconds: now.nanoseconds)
        guard let (snapshot, changed) = reader?.current() else { return nil }
        if changed { rendered = nil }
        guard let snapshot else {
            // The credential left the memory meanwhile: who asks for it gets it another slot.
            if let slot = reader?.slot, slot.isRetired {
                reader = TokenReader(tokens.slot(for: slot.id))
            }
            return nil
        }
        guard case .good = snapshot.freshness(at: moment) else { return nil }
        reader?.slot.noteUse(at: moment)
        return try render(snapshot)
    }

    /// The injection of a snapshot that the token source answered with.
    func render(_ snapshot: TokenSnapshot?) throws(Refusal) -> Injection {
        if let rendered, rendered.generation == snapshot?.generation ?? 0 { return rendered }
        let injection = try Injection(route, tenant: tenant, snapshot: snapshot)
        rendered = injection
        return injection
    }
}
