import Config
import Credentials
import Crypto
import HTTP
import JSON
import Support
import Testing
import Time
import Tokens

/// Grants and proofs beyond id and secret, against a provider that looks at them.
@Suite struct ProofTests {
    private func text(_ pem: String) -> String { pem.replacing("\n", with: "\\n") }

    /// Registers a client that proves itself by signing.
    private func register(
        _ stage: Stage,
        _ algorithm: SigningAlgorithm,
        _ publicKey: String
    ) async throws {
        let answer = try await stage.provider.control(
            "POST",
            "clients",
            #"{"client_id":"signer","alg":"\#(algorithm.rawValue)","#
                + #""public_key":"\#(text(publicKey))"}"#
        )
        #expect(answer["public"] == false, "\(answer)")
    }

    private func signer(
        _ stage: Stage,
        _ grant: Grant,
        _ algorithm: SigningAlgorithm,
        _ key: PEM
    ) -> ConnectionConfiguration {
        stage.connection(grant) {
            $0.clientID = "signer"
            $0.clientSecret = nil
            if grant == .jwtBearer {
                $0.assertion = AssertionConfiguration(key: key, algorithm: algorithm)
            } else {
                $0.clientAuthentication = .privateKeyJWT(
                    ClientAuthentication.PrivateKeyJWT(key: key, algorithm: algorithm)
                )
            }
        }
    }

    @Test(arguments: [
        (SigningAlgorithm.rs256, TestKeys.rsa, TestKeys.rsaPublic),
        (.ps256, TestKeys.rsa, TestKeys.rsaPublic),
        (.es256, TestKeys.p256, TestKeys.p256Public),
        (.edDSA, TestKeys.ed25519, TestKeys.ed25519Public),
    ])
    func `a signing client gets a token and new ones, each with a proof of its own`(
        algorithm: SigningAlgorithm,
        key: String,
        publicKey: String
    ) async throws {
        try await Stage.play { stage in
            try await register(stage, algorithm, publicKey)
            for grant in [Grant.clientCredentials, .jwtBearer] {
                let connection = signer(stage, grant, algorithm, .pem(Secret(key)))
                let service = try stage.service(connection, store: MemoryStore())
                let answer = await service.token(for: Stage.id, until: .far)
                #expect(answer.word == "wait 1", "\(answer.message)")
                // The provider refuses a statement that it has seen.
                #expect(try await service.refresh(Stage.id).generation == 2)
            }
        }
    }

    @Test func `another key's proof is refused, and so is no proof`() async throws {
        try await Stage.play { stage in
            try await register(stage, .es256, TestKeys.p256Public)
            let other = signer(stage, .clientCredentials, .rs256, .pem(Secret(TestKeys.rsa)))
            let service = try stage.service(other, store: MemoryStore())
            let answer = await service.token(for: Stage.id, until: .far)
            #expect(answer.word == "person: configuration")
            let bare = stage.connection(.clientCredentials) {
                $0.clientID = "signer"
                $0.clientSecret = nil
            }
            let unproven = try stage.service(bare, store: MemoryStore())
            let refused = await unproven.token(for: Stage.id, until: .far)
            #expect(refused.word == "person: configuration")
        }
    }

    @Test func `a key is read from its file, and one that cannot be read is named`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("key.pem", TestKeys.p256)
        let absent = folder.file("none")
        try await Stage.play { stage in
            try await register(stage, .es256, TestKeys.p256Public)
            let good = signer(stage, .clientCredentials, .es256, .path(file))
            let service = try stage.service(good, store: MemoryStore())
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 1")
            for (connection, reason) in [
                (signer(stage, .jwtBearer, .es256, .path(absent)), "no such file"),
                (signer(stage, .clientCredentials, .rs256, .path(file)), "RS256 needs an RSA key"),
            ] {
                let service = try stage.service(connection, store: MemoryStore())
                let answer = await service.token(for: Stage.id, until: .far)
                #expect(answer.word == "person: configuration")
                #expect(answer.reason.contains(reason), "\(answer.reason)")
            }
        }
    }

    @Test func `a name and a password get tokens, which are refreshed, or asked for anew`()
        async throws
    {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection(.password) {
                $0.username = Secret("person")
                $0.password = Secret("person-secret")
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 1")
            let first = store[Stage.id]?.refreshToken
            #expect(first != nil)
            _ = try await service.refresh(Stage.id)
            #expect(store[Stage.id]?.refreshToken != first)
            // The provider ends the family: what stands in the file still works.
            _ = try await stage.provider.control(
                "POST",
                "expire",
                #"{"client_id":"demo","refresh":true}"#
            )
            #expect(try await service.refresh(Stage.id).state == .connected)
            let calls = try await stage.provider.control("GET", "calls")
            let grants = calls["calls"].map { "\($0)" } ?? ""
            #expect(grants.ranges(of: "password").count >= 2)
        }
    }

    @Test func `a wrong password needs mending, and a mended one is tried at once`() async throws {
        try await Stage.play { stage in
            let wrong = stage.connection(.password) {
                $0.username = Secret("person")
                $0.password = Secret("wrong")
            }
            let service = try stage.service(wrong, store: MemoryStore())
            for _ in 0..<3 {
                let answer = await service.token(for: Stage.id, until: .far)
                #expect(answer.word == "person: configuration")
            }
            #expect(try await stage.provider.calls() == 1)
            var right = wrong
            right.password = Secret("person-secret")
            await service.reconfigure([right])
            #expect(await service.token(for: Stage.id, until: .far).token != nil)
        }
    }
}

extension TokenAnswer {
    /// What a person is told; empty for any other answer.
    fileprivate var reason: String {
        if case .needsAuthorization(_, let message) = self { message } else { "" }
    }
}
