import Sandbox

/// What `attache help` says.
enum Help {
    static let overview = """
        Attaché: a reverse proxy that injects OAuth 2.0 credentials.

        usage: attache COMMAND [OPTIONS]

          serve      run the proxy of a configuration file
          check      say all that is wrong with a configuration file
          explain    say what would happen to one request
          demo       run proxy and test provider together and send a request through
          sandbox    run the test provider alone
          providers  list the providers that are known, or print a connection for one
          version    print the version
          help       explain a command: attache help COMMAND

        Exit codes: 0 success, 1 failure, 2 wrong usage, 78 wrong configuration.

        """

    /// The text for one command.
    static func text(of command: Command) -> String {
        switch command {
        case .serve:
            """
            usage: attache serve [-c FILE]

            Runs the proxy. FILE defaults to ./proxy.conf, then /etc/attache/proxy.conf.
            TERM and INT let requests in flight finish; a second one ends at once.
            USR1 opens the log files anew.

            """
        case .check:
            """
            usage: attache check [-c FILE]

            Prints every problem as file:line:column, with the word that was probably meant.
            Ends with 78 when there are errors, with 0 when there are only warnings or none.

            """
        case .explain:
            """
            usage: attache explain [-c FILE] METHOD URL [-H 'NAME: VALUE']...

            Says what would happen to a request, without sending anything: its listener, route,
            connection and tenant, where it would go, which headers would be set and dropped; or
            why it would be refused. URL is the one that a client would use, or its path alone.
            Secrets are never shown, and connections made through the API are not known here.
            Ends with 1 when the request would be refused.

            """
        case .demo:
            """
            usage: attache demo [--once] [--listen ADDRESS]

            Starts the test provider and a proxy with the built-in example configuration, sends one
            request through, shows it before and after, and serves until interrupted.
            --once ends after that request. ADDRESS defaults to 127.0.0.1:8080.

            """
        case .sandbox:
            """
            usage: attache sandbox [--listen ADDRESS] [--personality NAME]...

            Runs the test provider and echo API, on loopback only; ADDRESS defaults to
            127.0.0.1:8081. Personalities change how the provider behaves:

            \(Personality.help())
            """
        case .providers:
            """
            usage: attache providers [NAME]

            Prints the names that 'provider NAME' knows in a connection. With a name it prints a
            connection to paste: set the environment variables that it names and run 'attache check'.

            """
        case .version: "usage: attache version\n"
        case .help: "usage: attache help [COMMAND]\n"
        }
    }
}
