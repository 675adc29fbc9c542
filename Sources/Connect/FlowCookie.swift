internal import Crypto
internal import HTTP

/// The cookie in which one browser carries one flow; several flows have several cookies.
struct FlowCookie {
    /// How many unfinished flows a browser keeps: their cookies travel with every request.
    private static let flowsMax = 6

    /// Whether browsers come over https: then the cookie is bound to the very host as well.
    let isSecure: Bool

    private var prefix: String { isSecure ? "__Host-attache-flow-" : "attache-flow-" }

    /// The name of the cookie of a flow with that state, which it does not give away.
    func name(_ state: FlowState) -> String {
        prefix + String(Hex.encode(state.mark).prefix(16))
    }

    /// The value of `Set-Cookie` that keeps a flow.
    func setting(_ flow: Flow, _ sealed: String) -> String {
        attributes(name(flow.state), sealed, maxAge: FlowState.lifetime)
    }

    /// The value of `Set-Cookie` that removes a cookie.
    func clearing(_ name: String) -> String { attributes(name, "", maxAge: 0) }

    /// What the browser carries under the name of a flow.
    func value(_ state: FlowState, in request: Request) -> String? {
        let name = name(state)
        return cookies(of: request).first { $0.name == name }?.value
    }

    /// The names of the cookies that make room for one more flow: broken and expired ones, and then
    /// the oldest.
    func superfluous(in request: Request, _ envelope: Envelope, now: Int) -> [String] {
        var kept: [(name: String, expiresAt: Int)] = []
        var names: [String] = []
        for cookie in cookies(of: request) where cookie.name.hasPrefix(prefix) {
            if let flow = Flow(cookie.value, envelope), flow.state.expiresAt > now {
                kept.append((cookie.name, flow.state.expiresAt))
            } else {
                names.append(cookie.name)
            }
        }
        kept.sort { $0.expiresAt < $1.expiresAt }
        return names + kept.dropLast(Self.flowsMax - 1).map(\.name)
    }

    private func attributes(_ name: String, _ value: String, maxAge: Int) -> String {
        let secure = isSecure ? "; Secure" : ""
        return "\(name)=\(value); Max-Age=\(maxAge); Path=/\(secure); HttpOnly; SameSite=Lax"
    }

    /// The cookies of a request (RFC 6265 section 4.2.1).
    private func cookies(of request: Request) -> [(name: String, value: String)] {
        request.fields.all("Cookie").flatMap { $0.split(separator: ";") }.compactMap { pair in
            let halves = pair.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard halves.count == 2 else { return nil }
            return (
                String(halves[0].drop { $0 == " " }),
                String(halves[1].prefix { $0 != " " })
            )
        }
    }
}
