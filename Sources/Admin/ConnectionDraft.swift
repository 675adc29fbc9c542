internal import Config
internal import Credentials
internal import Crypto
internal import HTTP
internal import JSON
internal import OAuth
internal import Tokens

/// What a caller says of a connection that is to be made or changed.
struct ConnectionDraft {
    /// What of it says something else than a directive.
    static let ownMembers = ["name", "tenant", "tenant_id", "refresh_token", "return_url"]

    let name: String?
    /// Whose account it is that is connected with it.
    let tenant: String?
    /// What the account is connected with; what comes of it is stored, and not this.
    let refreshToken: Secret?
    /// Where a browser goes in the end.
    let returnURL: String?
    let members: ConnectionMembers

    /// Reads a body.
    ///
    /// - Throws: 422 with all that is wrong.
    init(_ body: BodyReader) throws(APIError) {
        name = try body.text("name")
        let ours = try body.text("tenant")
        let theirs = try body.text("tenant_id")
        guard ours == nil || theirs == nil else {
            throw .unprocessable("'tenant_id' says the same as 'tenant'; write one of them.")
        }
        tenant = ours ?? theirs
        refreshToken = try body.token("refresh_token")
        returnURL = try body.text("return_url")
        let rest = body.members.filter { !Self.ownMembers.contains($0.name) }
        do throws(ConfigErrors) {
            members = try ConnectionMembers(written: rest)
        } catch {
            throw .unprocessable(error)
        }
    }

    /// The name of a connection that is to be made.
    ///
    /// - Throws: 422 for none, and for one that is too long for the names of files.
    func requiredName() throws(APIError) -> String {
        guard let name else { throw .unprocessable("'name' is needed.") }
        guard (1...SecretsID.nameBytesMax).contains(name.utf8.count) else {
            throw .unprocessable("'name' has 1 to \(SecretsID.nameBytesMax) bytes.")
        }
        guard OwnName.isValid(name) else {
            throw .unprocessable("'name' has letters, digits, '-', '_' and '.' only.")
        }
        return name
    }
}

extension APIError {
    /// What a change is refused with while another one is under way.
    static let busyCode = "busy"

    /// Everything that is wrong with the members of a connection.
    static func unprocessable(_ errors: ConfigErrors) -> APIError {
        let messages = errors.diagnostics.filter { $0.severity == .error }.map(\.memberMessage)
        return .unprocessable(messages.joined(separator: "; "))
    }

    /// What the registry or the vault could not do; nothing was changed.
    init(_ error: StoreError) {
        self.init(
            status: 503,
            code: "vault",
            message: error.description,
            fields: ["Retry-After": "1"]
        )
    }

    /// Why there is no such change of a connection.
    init(_ refusal: ConnectionDirectory.Refusal, _ name: String) {
        switch refusal {
        case .taken(let source):
            let place = source == .file ? "in the configuration file" : "already"
            self.init(
                status: 409,
                code: "name_taken",
                message: "There is a connection '\(name)' \(place)."
            )
        case .definedInFile:
            self.init(
                status: 409,
                code: "defined_in_file",
                message:
                    "The connection '\(name)' is defined in the configuration file; change it there."
            )
        case .unknown: self.init(.unknownConnection(name))
        }
    }
}
