import Foundation

/// What standard output is.
package enum Terminal {
    package static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colours, unless output goes elsewhere or `NO_COLOR` is set (no-color.org).
    package static var hasColors: Bool { isInteractive && ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty }
}
