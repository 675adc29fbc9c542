/// What is told of a provider: by the admin API, and by `attache providers NAME`.
package struct CatalogueEntry: Sendable {
    /// A value that the provider's URLs need for each account.
    package struct Parameter: Sendable, Hashable {
        package let name: String
        /// What it is.
        package let description: String
        /// Whether there is no URL without it.
        package let isRequired: Bool
    }

    package let name: String
    /// What people call it.
    package let label: String
    package let grant: Grant?
    /// The URIs with their fields as written.
    package let authorizeURI: String?
    package let tokenURI: String?
    package let baseURI: String?
    package let scopeSeparator: String
    /// Scopes to begin with.
    package let scopes: [String]
    package let parameters: [Parameter]
    /// What a person has to know.
    package let notes: [String]
    /// A `connection {}` to paste, whose secrets and parameters are environment variables.
    package let sample: String

    init(_ provider: Provider) {
        let block = provider.block
        let given = Set(
            block.values("keep").compactMap(\.text)
                + block.values("callback_keep").compactMap(\.text)
                + block.all("token_field").compactMap { $0.text("NAME") }
                + block.values("lookup").compactMap(\.assignment?.name)
        )
        let templates =
            ["authorize_uri", "token_uri", "refresh_uri", "revoke_uri", "base_uri"]
            .compactMap(provider.template)
        let required = Set(templates.flatMap(\.requiredFields)).subtracting(given)
        name = provider.name
        label = provider.title
        grant = block.text("grant").flatMap(Grant.init)
        authorizeURI = provider.template("authorize_uri")?.source
        tokenURI = provider.template("token_uri")?.source
        baseURI = provider.template("base_uri")?.source
        scopeSeparator = block.text("scope_separator") ?? " "
        scopes = block.values("scopes").compactMap(\.text)
        parameters = provider.parameters.map {
            Parameter(
                name: $0.name,
                description: $0.value,
                isRequired: required.contains($0.name)
            )
        }
        notes = provider.notes + (provider.pkceProblem.map { ["PKCE is off: \($0)."] } ?? [])
        sample = ProviderSample(provider, parameters, notes).text
    }
}
