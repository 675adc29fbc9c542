import Crypto
import HTTP

/// Makes a configuration out of checked blocks.
///
/// It checks what only shows when they are seen together. After an error it goes on with a
/// default, so that all errors come out at once.
struct Builder {
    let top: CheckedBlock
    let path: String
    /// The main file's folder.
    let directory: String
    let findings: Findings
    /// Where the files of connectors come from.
    let source: ConfigSource
    let takesEverything: Bool

    /// The configuration; of use only if there were no errors.
    func build() -> Configuration {
        var result = Configuration(path: path, vault: vault())
        result.threads = top.number("threads")
        result.shutdown = shutdown()
        result.log = log()
        result.accessLog = accessLog()
        result.tokens = tokenPolicy(top["tokens"]?.block, over: TokenPolicy())
        checkNames("caller")
        checkNames("connection")
        result.callers = callers()
        result.connections = top.all("connection").compactMap { connection($0, result.tokens) }
        result.listeners = listeners()
        result.routes = routes(result)
        result.admin = top["admin"].flatMap(admin)
        result.listeners = withHosts(result)
        checkPages(result)
        checkAddresses(result)
        checkCallers(result)
        lint(result)
        return result
    }

    /// Refuses what is right and does not work yet.
    func refuseLater(_ what: String, at position: SourcePosition) {
        Checker(findings: findings, takesEverything: takesEverything)
            .refuseLater([.later], what, at: position)
    }

    /// Refuses a name that is given twice.
    func checkNames(_ kind: String) {
        var seen: [String: SourcePosition] = [:]
        for directive in top.all(kind) {
            guard let name = directive["NAME"], let text = name.text else { continue }
            if let first = seen[text] {
                let message = "there is already a \(kind) '\(name.source.shortened)' at \(first)"
                findings.error(message, at: name.position)
            }
            seen[text] = seen[text] ?? name.position
        }
    }

    private func shutdown() -> ShutdownConfiguration {
        var result = ShutdownConfiguration()
        guard let written = top["shutdown"] else { return result }
        result.delay = written.duration("delay") ?? result.delay
        result.grace = written.duration("grace") ?? result.grace
        return result
    }

    private func log() -> LogConfiguration {
        var result = LogConfiguration()
        guard let written = top["log"] else { return result }
        if let path = written["PATH"]?.path { result.destination = .file(path) }
        result.level = written.text("LEVEL").flatMap(LogConfiguration.Level.init) ?? result.level
        result.format =
            written.text("FORMAT").flatMap(LogConfiguration.Format.init) ?? result.format
        return result
    }

    private func accessLog() -> AccessLogConfiguration {
        var result = AccessLogConfiguration()
        guard let written = top["access_log"] else { return result }
        if let path = written["PATH"]?.path { result.destination = .file(path) }
        if written.text("PATH") == "off" { result.destination = .off }
        result.format =
            written.text("FORMAT").flatMap(AccessLogConfiguration.Format.init) ?? result.format
        return result
    }

    private func vault() -> VaultConfiguration {
        var file = FileVaultConfiguration(
            path: ConfigPath.resolve("attache.vault", in: directory),
            keyPath: ConfigPath.resolve("attache.key", in: directory)
        )
        guard let written = top["vault"], let block = written.block else { return .file(file) }
        if written.form == "redis", let url = block.secret("url"), let key = block.secret("key") {
            var redis = RedisVaultConfiguration(url: url, key: key)
            redis.prefix = block.text("prefix") ?? redis.prefix
            return .redis(redis)
        }
        if written.form == "aws_secrets_manager", let region = block.text("region") {
            var vault = AWSVaultConfiguration(region: region)
            vault.prefix = block.text("prefix") ?? vault.prefix
            vault.endpoint = block.uri("endpoint")
            return .awsSecretsManager(vault)
        }
        file.path = block.value("path")?.path ?? file.path
        file.key = block.secret("key")
        file.previousKey = block.secret("previous_key")
        return .file(file)
    }

    /// The rules of refreshing that a block says, and those of another policy where it says none.
    func tokenPolicy(_ block: CheckedBlock?, over base: TokenPolicy) -> TokenPolicy {
        var result = base
        guard let block else { return result }
        result.refreshBefore = block.duration("refresh_before") ?? result.refreshBefore
        result.refreshShare = block.value("refresh_share")?.ratio ?? result.refreshShare
        result.refreshWait = block.duration("refresh_wait") ?? result.refreshWait
        result.requestTimeout = block.duration("request_timeout") ?? result.requestTimeout
        result.failureBackoff = block.value("failure_backoff")?.durations ?? result.failureBackoff
        result.minimumForcedInterval =
            block.duration("min_forced_interval") ?? result.minimumForcedInterval
        result.assumeLifetime = block.duration("assume_lifetime") ?? result.assumeLifetime
        if block["keep_alive"] != nil { result.keepAlive = block.duration("keep_alive") }
        result.concurrency = block.number("concurrency") ?? result.concurrency
        return result
    }
}
