import Sandbox

/// What `attache help` says.
enum Help {
    static let overview = """
        Attaché: a reverse proxy that injects OAuth 2.0 credentials.

        usage: attache COMMAND [OPTIONS]

          serve        run the proxy of a configuration file
          check        say all that is wrong with a configuration file
          explain      say what would happen to one request
          demo         run proxy and test provider together and send a request through
          sandbox      run the test provider alone
          connections  see and change the accounts of a running proxy
          providers    list the providers that are known, or print a connection for one
          version      print the version
          help         explain a command: attache help COMMAND

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
        case .connections: connections
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

    private static let connections = """
        usage: attache connections ACTION [NAME] [OPTIONS]

          list                 every connection, and every tenant that has credentials
          show NAME            all that is known of one
          connect NAME         print the link by which a person connects an account
          test NAME            try whether it works
          refresh NAME         get a new access token now
          import NAME          take a refresh token from standard input, or from --file FILE
          revoke NAME          end its tokens, at the provider too
          delete NAME          forget its tokens; one that the admin API made is gone

          --tenant TENANT      the account, where a connection has several; filters the list
          --state STATE        list: only those in a state, such as needs_authorization
          --return-url URL     connect: where the browser goes in the end
          --parameter N=V      connect, import: a value to keep with the tokens; may repeat
          --json               print the admin API's answer

        The proxy is found by its configuration file, whose admin listener and token are used:
          -c FILE              defaults to ./proxy.conf, then /etc/attache/proxy.conf
          --admin URL          http://HOST:PORT or unix:PATH instead of the file's
          --token-file FILE    the admin token, instead of the file's; so does the environment
                               variable ATTACHE_ADMIN_TOKEN

        Ends with 1 and the reason when the proxy refuses.

        """
}
