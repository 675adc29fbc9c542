internal import Config
internal import Credentials
internal import HTTP
internal import Time

/// What tells one client at its provider from another: the same for all accounts that prove
/// themselves with the same id and secret, in the same way and at the same place.
struct ClientKey: Hashable {
    let connection: String
    /// Who asks, and how: a client that was mended is another one.
    let seed: SeedFingerprint
    /// The token endpoint's URI; `nil` where the provider's metadata says it.
    let endpoint: String?

    /// The client of an account; `nil` if nobody knows whether others have the same.
    init?(
        of connection: ConnectionConfiguration,
        for id: CredentialID,
        _ credential: Credential,
        _ rules: FlightRules
    ) {
        guard connection.connector?.asksForEachAccount != true else { return nil }
        let values = TemplateValues(connection, tenant: id.tenant, fields: credential.fields)
        do throws(TemplateError) {
            endpoint = try connection.endpoint(.refresh) { values[$0] }?.uri.text
        } catch {
            return nil
        }
        self.connection = connection.name
        seed = rules.seed.withoutToken
    }
}

/// A client that its provider refuses: however many accounts it has, one after the other tries
/// whether that is over, and the others ask for nothing.
struct ClientPause {
    /// What the provider said last.
    private(set) var reason: String
    private var backOff = BackOff()
    /// Who tries, and how long the others are kept back for that.
    private var probe: (id: CredentialID, flight: Flight, until: Instant)?

    /// Begins a pause.
    init(over reason: String, range: ClosedRange<Duration>, at now: Moment) {
        self.reason = reason
        _ = backOff.failed(retryAfter: nil, range: range, at: now)
    }

    /// How long it lasts yet; zero: somebody may try.
    func remaining(at now: Instant) -> Duration {
        max(probe?.until.duration(since: now) ?? .zero, backOff.remaining(at: now) ?? .zero)
    }

    /// Lets a flight try, and keeps the others back for as long as that may take.
    mutating func admit(_ flight: Flight, of id: CredentialID, for span: Duration, at now: Moment) {
        probe = (id, flight, until: now.instant.advanced(by: span))
    }

    /// Takes the end of a flight; if it tried and found nothing out, somebody else may soon.
    ///
    /// - Returns: whether it was the one who tried.
    mutating func ended(
        _ flight: Flight,
        of id: CredentialID,
        range: ClosedRange<Duration>,
        at now: Moment
    ) -> Bool {
        guard isProbe(flight, of: id) else { return false }
        probe = nil
        _ = backOff.paused(for: range.lowerBound, at: now)
        return true
    }

    /// Takes a further refusal; it lengthens the pause if it answers the one who tried.
    mutating func refused(
        _ flight: Flight,
        of id: CredentialID,
        over reason: String,
        range: ClosedRange<Duration>,
        at now: Moment
    ) {
        guard isProbe(flight, of: id) else { return }
        probe = nil
        self.reason = reason
        _ = backOff.failed(retryAfter: nil, range: range, at: now)
    }

    private func isProbe(_ flight: Flight, of id: CredentialID) -> Bool {
        probe?.id == id && probe?.flight == flight
    }
}
