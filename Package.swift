// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is built with.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func module(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(
    _ name: String,
    _ imports: [Target.Dependency],
    resources: [Resource] = []
) -> Target {
    .testTarget(name: name, dependencies: imports, resources: resources, swiftSettings: settings)
}

// Each line is a module and all that it may import; the order is the direction.
let package = Package(
    name: "attache",
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        module("Log"),
        module("Bytes"),
        module("HTTP", ["Bytes"]),
        module("Crypto", ["COpenSSL"]),
        module("IO", ["CLinux", "COpenSSL", "Bytes"]),
        module("Connection", ["Bytes", "HTTP", "IO"]),
        module("Config", ["HTTP", "Crypto"]),
        module("Credentials", ["HTTP", "Crypto", "Config"]),
        module("OAuth", ["HTTP", "Crypto", "Config", "Credentials"]),
        module("Vault", ["CLinux", "Crypto", "Credentials"]),
        module("Tokens", ["Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config", "Credentials", "OAuth", "Vault"]),
        module("Proxy", ["Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config", "Credentials"]),
        module("Admin", ["Log", "Bytes", "HTTP", "Crypto", "Config", "Credentials", "OAuth", "Tokens"]),
        module("Sandbox", ["Bytes", "HTTP", "IO", "Connection", "Crypto"]),
        .executableTarget(
            name: "attache",
            dependencies: [
                "Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config", "Credentials", "OAuth", "Vault",
                "Tokens", "Proxy", "Admin", "Sandbox",
            ],
            swiftSettings: settings),

        .target(
            name: "Support",
            dependencies: ["CLinux", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Credentials"],
            path: "Tests/Support",
            swiftSettings: settings),
        tests("HTTPTests", ["Bytes", "HTTP", "Support"], resources: [.copy("Corpus")]),
        tests("CryptoTests", ["Crypto"]),
        tests("IOTests", ["Bytes", "IO", "Support"]),
        tests("ConnectionTests", ["Bytes", "HTTP", "IO", "Connection", "Support"]),
        tests("ConfigTests", ["Config", "HTTP", "Crypto"], resources: [.copy("Valid"), .copy("Invalid")]),
        tests("CredentialsTests", ["Credentials", "Config", "HTTP", "Crypto"]),
        tests("OAuthTests", ["OAuth", "Credentials", "Config", "HTTP", "Crypto"]),
        tests("VaultTests", ["Vault", "Credentials", "Crypto"]),
        tests("ProxyTests", ["Proxy", "Bytes", "Log", "HTTP", "IO", "Connection", "Crypto", "Config", "Credentials", "Support"]),
        tests("AdminTests", ["Admin", "HTTP", "Crypto", "Config", "Credentials", "Tokens"]),
        tests("EndToEndTests", ["Support"]),
        tests("TidyTests", []),
    ]
)
