import ArgumentParser
import GatehouseCore

/// How a command gets a password: never from its arguments, which every process of the machine can read.
struct PasswordOptions: ParsableArguments {
    @Flag(name: .customLong("password-stdin"), help: "Read the password from standard input instead of the terminal.")
    var fromStandardInput = false

    @Flag(name: .customLong("must-change"), help: "The password must be changed at the first sign-in.")
    var mustChange = false

    func read() throws -> Secret<String> {
        if fromStandardInput { return try PasswordInput.fromStandardInput() }
        let password = try PasswordInput.fromTerminal("Password: ")
        let again = try PasswordInput.fromTerminal("Once more: ")
        guard password.expose({ first in again.expose { $0 == first } }) else { throw ValidationError("The passwords are not the same.") }
        return password
    }
}
