package import Crypto

/// A name with a value: a parameter, a renaming.
package struct NamedText: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A name with a value that must not be shown.
package struct NamedSecret: Sendable, Hashable {
    package var name: String
    package var value: Secret

    package init(_ name: String, _ value: Secret) {
        self.name = name
        self.value = value
    }
}

/// A name with a value that is made for each token: a header, a query parameter.
package struct NamedTemplate: Sendable, Hashable {
    package var name: String
    package var template: Template
    /// Left out where one of its fields has no value, rather than refused.
    package var isOptional = false

    package init(_ name: String, _ template: Template) {
        self.name = name
        self.template = template
    }
}
