extension Configuration {
    /// Reads and checks a configuration with all that it includes.
    ///
    /// - Parameters:
    ///   - path: the main file; a relative path starts from the source's working directory.
    ///   - source: where files and environment variables come from.
    ///   - takingEverything: also takes directives that do not work yet.
    /// - Returns: the configuration, with its warnings.
    /// - Throws: everything that is wrong with it, warnings too, by place.
    package static func load(
        path: String,
        source: ConfigSource,
        takingEverything: Bool = false
    ) throws(ConfigErrors) -> Configuration {
        let findings = Findings()
        var loader = FileLoader(path: path, source: source, findings: findings)
        let statements = loader.load()
        let start = SourcePosition(file: path)
        let block = Checker(findings: findings, takesEverything: takingEverything)
            .check(statements, against: Tables.top, at: start, title: "the configuration")
        let builder = Builder(
            top: block,
            path: path,
            directory: ConfigPath.directory(of: loader.absolutePath),
            findings: findings,
            source: source,
            takesEverything: takingEverything
        )
        var configuration = builder.build()
        guard !findings.hasErrors else { throw ConfigErrors(findings.sorted) }
        configuration.requirements = builder.requirements(configuration)
        configuration.warnings = findings.sorted
        return configuration
    }
}
