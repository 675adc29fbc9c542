import Glibc

System.harden()
exit(await Command.run(Array(CommandLine.arguments.dropFirst())))
