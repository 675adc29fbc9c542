/// What may name one account of a connection: any text of a certain length.
package enum TenantName {
    /// The most bytes of UTF-8 that a name may have.
    package static let bytesMax = 256

    /// Whether a text may name a tenant.
    package static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= bytesMax
    }
}
