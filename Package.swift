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

/// Lets other modules inline a module's functions in release builds; without it every access to a
/// buffer or a range is a call.
let inlinable: [SwiftSetting] = [
    .unsafeFlags(
        [
            "-enable-library-evolution", "-Xfrontend", "-package-cmo", "-Xfrontend",
            "-allow-non-resilient-access", "-no-emit-module-separately-wmo",
        ],
        .when(configuration: .release)
    )
]

/// Debug builds prove that nobody writes what another reads; on the data path a release build does
/// not prove it again for each access of each request (8 % of its work).
let unchecked: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// For what nobody on the data path imports: offering its functions for inlining elsewhere, which a
/// release build does by default, makes the compiler fail over types of the `inlinable` modules
/// ("createEnum at SILBuilder.h").
let notInlined: [SwiftSetting] = [
    .unsafeFlags(["-disable-cmo"], .when(configuration: .release))
]

func module(
    _ name: String,
    _ imports: [Target.Dependency] = [],
    resources: [Resource] = [],
    settings added: [SwiftSetting] = notInlined
) -> Target {
    .target(
        name: name,
        dependencies: imports,
        resources: resources,
        swiftSettings: settings + added
    )
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
        swiftSettings: settings + notInlined
    )
}

// Each line is a module and all that it may import; the order is the direction.
let package = Package(
    name: "attache",
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        module("JSON"),
        module("Log", ["JSON"]),
        module("Bytes", settings: inlinable + unchecked),
        module("Time", ["CLinux"], settings: []),
        module("HTTP", ["Bytes"], settings: inlinable + unchecked),
        module("Crypto", ["COpenSSL"]),
        module("IO", ["Time", "CLinux", "COpenSSL", "Bytes"], settings: unchecked),
        module("Hooks", ["JSON", "Time", "IO"]),
        module("Connection", ["Time", "Bytes", "HTTP", "IO"], settings: unchecked),
        module("Connectors", ["JSON"]),
        module(
            "Config",
            ["JSON", "HTTP", "Crypto", "Connectors"],
            resources: [.embedInCode("Catalogue/providers.conf")]
        ),
        module("Credentials", ["Time", "HTTP", "Crypto", "Config"]),
        module(
            "OAuth",
            ["JSON", "Time", "HTTP", "Crypto", "Config", "Credentials"]
        ),
        module("Vault", ["Time", "CLinux", "Crypto", "Credentials"]),
        module("Registry", ["JSON", "IO", "Crypto", "Config", "Credentials", "Vault"]),
        module(
            "Tokens",
            [
                "JSON", "Time", "Log", "Bytes", "HTTP", "IO", "Hooks", "Connection", "Crypto",
                "Connectors", "Config", "Credentials", "OAuth", "Vault",
            ]
        ),
        module(
            "Proxy",
            [
                "JSON", "Time", "Log", "Bytes", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials",
            ],
            settings: unchecked + notInlined
        ),
        module(
            "Connect",
            ["JSON", "Log", "HTTP", "Crypto", "Config", "Credentials", "OAuth", "Tokens"]
        ),
        module(
            "Admin",
            [
                "JSON", "Time", "Log", "Bytes", "HTTP", "Crypto", "Config", "Credentials", "OAuth",
                "Registry", "Tokens", "Connect",
            ]
        ),
        module(
            "Sandbox",
            ["JSON", "Time", "Bytes", "HTTP", "IO", "Connection", "Crypto"]
        ),
        .executableTarget(
            name: "attache",
            dependencies: [
                "CLinux", "JSON", "Log", "Bytes", "Time", "HTTP", "IO", "Hooks", "Connection",
                "Crypto", "Connectors", "Config", "Credentials", "OAuth", "Vault", "Registry",
                "Tokens", "Connect", "Proxy", "Admin", "Sandbox",
            ],
            resources: [.embedInCode("proxy.conf.example")],
            swiftSettings: settings + notInlined,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"],
                    .when(configuration: .release)
                )
            ]
        ),

        .target(
            name: "Support",
            dependencies: [
                "CLinux", "Bytes", "Time", "HTTP", "IO", "Connection", "Crypto", "Credentials",
            ],
            path: "Tests/Support",
            swiftSettings: settings + notInlined
        ),
        tests("JSONTests", ["JSON"]),
        tests("HTTPTests", ["Bytes", "HTTP", "Support"], resources: [.copy("Corpus")]),
        tests("CryptoTests", ["Crypto", "Support"]),
        tests("IOTests", ["Time", "Bytes", "IO", "Support"], resources: [.copy("Certificates")]),
        tests("ConnectionTests", ["Time", "Bytes", "HTTP", "IO", "Connection", "Support"]),
        tests("HooksTests", ["JSON", "Time", "Hooks", "Support"]),
        tests(
            "ConnectorsTests",
            ["JSON", "Connectors", "Config"],
            resources: [.copy("Corpus")]
        ),
        tests(
            "ConfigTests",
            ["JSON", "Config", "Connectors", "HTTP", "Crypto"],
            resources: [.copy("Valid"), .copy("Invalid")]
        ),
        tests("CredentialsTests", ["Time", "Credentials", "Config", "HTTP", "Crypto"]),
        tests(
            "OAuthTests",
            ["JSON", "Time", "OAuth", "Credentials", "Config", "HTTP", "Crypto", "Support"]
        ),
        tests(
            "TokensTests",
            [
                "JSON", "Time", "Tokens", "Log", "Bytes", "HTTP", "IO", "Connection", "Crypto",
                "Config", "Credentials", "OAuth", "Vault", "Connect", "Sandbox", "Support",
            ]
        ),
        tests("VaultTests", ["Time", "Vault", "Credentials", "Crypto"]),
        tests(
            "RegistryTests",
            ["JSON", "IO", "Crypto", "Config", "Credentials", "Vault", "Registry", "Support"]
        ),
        tests(
            "ProxyTests",
            [
                "Time", "Proxy", "Bytes", "Log", "HTTP", "IO", "Connection", "Crypto", "Config",
                "Credentials", "Support",
            ]
        ),
        tests(
            "ConnectTests",
            ["Connect", "HTTP", "Crypto", "Config", "Credentials", "OAuth", "Tokens"]
        ),
        tests(
            "AdminTests",
            [
                "JSON", "Log", "Time", "Admin", "HTTP", "Crypto", "Config", "Connect",
                "Credentials", "Registry", "Tokens",
            ]
        ),
        tests("SandboxTests", ["JSON", "Time", "Sandbox", "Bytes", "HTTP", "IO", "Crypto"]),
        tests("EndToEndTests", ["Support"], exclude: ["Fixtures"]),
        tests("TidyTests", ["Support"]),
    ]
)
