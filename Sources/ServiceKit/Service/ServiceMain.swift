import Foundation

/// A service's `main.swift`:
///
///     import Loyalty
///     import ServiceKit
///
///     await ServiceMain<LoyaltyApp>.run()
///
/// Subcommands: `serve` (when none is named), `check-config`, `migrate`, `verify`, `backup`, `restore`, `feed`. Exit codes: 0 done;
/// 1 the configuration is wrong, or `verify` found differences, or the work failed (one line says why); 64 wrong usage.
public enum ServiceMain<App: PatronService> {
  /// Runs what the command line asks for and ends the process.
  public static func run() async -> Never {
    await ServiceCommand<App>.main()
    exit(EXIT_SUCCESS)
  }
}
