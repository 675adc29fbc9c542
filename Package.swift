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
    resources: [Resource] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: imports,
        exclude: exclude,
        resources: resources,
        swiftSettings: settings
    )
}

// Each line is a module and all that it may import; the order is the direction.
let package = Package(
    name: "attache",
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        module("Log"),
        module("Bytes"),
        module("Clock", ["CLinux"]),
        module("HTTP", ["Bytes"]),
        module("Crypto", ["COpenSSL"]),
        module("IO", ["Clock", "CLinux", "COpenSSL", "Bytes"]),
        module("Connection", ["Clock", "Bytes", "HTTP", "IO"]),
        module("Config", ["HTTP", "Crypto"]),
        module("Credentials", ["Clock", "HTTP", "Crypto", "Config"]),
        module("OAuth", ["Clock", "HTTP", "Crypto", "Config", "Credentials"]),
        module("Vault", ["Clock", "CLinux", "Crypto", "Credentials"]),
        module(
            "Tokens",
            [
                "Clock", "Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials", "OAuth", "Vault",
            ]
        ),
        module(
            "Proxy",
            [
                "Clock", "Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials",
            ]
        ),
        module(
            "Admin",
            ["Clock", "Log", "Bytes", "HTTP", "Crypto", "Config", "Credentials", "OAuth", "Tokens"]
        ),
        module("Sandbox", ["Clock", "Bytes", "HTTP", "IO", "Connection", "Crypto"]),
        .executableTarget(
            name: "attache",
            dependencies: [
                "Log", "Bytes", "Clock", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials", "OAuth", "Vault",
                "Tokens", "Proxy", "Admin", "Sandbox",
            ],
            swiftSettings: settings
        ),

        .target(
            name: "Support",
            dependencies: [
                "CLinux", "Bytes", "Clock", "HTTP", "IO", "Connection", "Crypto", "Credentials",
            ],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        tests("HTTPTests", ["Bytes", "HTTP", "Support"], resources: [.copy("Corpus")]),
        tests("CryptoTests", ["Crypto"]),
        tests("IOTests", ["Clock", "Bytes", "IO", "Support"], resources: [.copy("Certificates")]),
        tests("ConnectionTests", ["Clock", "Bytes", "HTTP", "IO", "Connection", "Support"]),
        tests(
            "ConfigTests",
            ["Config", "HTTP", "Crypto"],
            resources: [.copy("Valid"), .copy("Invalid")]
        ),
        tests("CredentialsTests", ["Clock", "Credentials", "Config", "HTTP", "Crypto"]),
        tests("OAuthTests", ["Clock", "OAuth", "Credentials", "Config", "HTTP", "Crypto"]),
        tests(
            "TokensTests",
            [
                "Clock", "Tokens", "Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials", "OAuth", "Vault", "Sandbox", "Support",
            ]
        ),
        tests("VaultTests", ["Clock", "Vault", "Credentials", "Crypto"]),
        tests(
            "ProxyTests",
            [
                "Clock", "Proxy", "Bytes", "Log", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials", "Support",
            ]
        ),
        tests(
            "AdminTests",
            ["Clock", "Admin", "HTTP", "Crypto", "Config", "Credentials", "Tokens"]
        ),
        tests("SandboxTests", ["Clock", "Sandbox", "Bytes", "HTTP", "IO", "Crypto"]),
        tests("EndToEndTests", ["Support"], exclude: ["Fixtures"]),
        tests("TidyTests", ["Support"]),
    ]
)
