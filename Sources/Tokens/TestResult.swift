/// How the test of a connection came out that works.
package struct TestResult: Sendable, Equatable {
    package let state: CredentialState
    /// The status of the API's answer; `nil` where the connection has no `test`.
    package let status: Int?
    /// What was found, in words.
    package let message: String

    /// Notes a test that was passed.
    package init(state: CredentialState, status: Int?, message: String) {
        self.state = state
        self.status = status
        self.message = message
    }
}
