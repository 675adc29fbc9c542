import Support

/// oidc-provider-mock: any client, any person, and refresh replies without a new refresh token.
final class OIDCMock {
    let port: Int
    private let process: ChildProcess

    init() throws {
        port = try FreePort.next()
        let python = try Requirement.pythonClients.installed()
        process = try ChildProcess(
            python,
            ["-W", "ignore", "-m", "oidc_provider_mock", "--port", "\(port)"]
        )
        try Wait.until(process, listensOn: port)
    }

    var base: String { "http://127.0.0.1:\(port)" }
}
