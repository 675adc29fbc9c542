import Tokens

/// Watches what a service tells of its credentials.
struct Changes {
    private let stream: AsyncStream<CredentialState>

    /// Begins to watch.
    init(of service: TokenService) async {
        let (stream, continuation) = AsyncStream.makeStream(of: CredentialState.self)
        self.stream = stream
        await service.observe { continuation.yield($0) }
    }

    /// Does something, and waits for the first change that is as wanted.
    func first(
        _ isWanted: (CredentialState) -> Bool,
        while body: () async -> Void = {}
    ) async -> CredentialState? {
        await body()
        for await state in stream where isWanted(state) { return state }
        return nil
    }
}
