import ArgumentParser
import Foundation
import GatehouseCore

/// Reading passwords without showing them.
enum PasswordInput {
    /// All of standard input, less the line end behind it.
    static func fromStandardInput() throws -> Secret<String> {
        let data = try FileHandle.standardInput.read(upToCount: 64 * 1024) ?? Data()
        guard var text = String(validating: data, as: UTF8.self) else { throw ValidationError("The password is not UTF-8 text.") }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else { throw ValidationError("Standard input holds no password.") }
        return Secret(text)
    }

    /// One line typed at the controlling terminal, which does not show it.
    static func fromTerminal(_ prompt: String) throws -> Secret<String> {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw ValidationError("There is no terminal to type a password at: use --password-stdin.") }
        defer { close(terminal) }
        var shown = termios()
        guard tcgetattr(terminal, &shown) == 0 else {
            throw ValidationError("The terminal cannot be asked for a password: use --password-stdin.")
        }
        var hidden = shown
        // Without ISIG an interrupt cannot leave the terminal mute; it is found in the line instead.
        hidden.c_lflag &= ~tcflag_t(ECHO | ISIG)
        guard tcsetattr(terminal, TCSAFLUSH, &hidden) == 0 else {
            throw ValidationError("The terminal cannot hide a password: use --password-stdin.")
        }
        defer { tcsetattr(terminal, TCSAFLUSH, &shown) }
        let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: false)
        try handle.write(contentsOf: Data(prompt.utf8))
        let line = try self.line(handle)
        try handle.write(contentsOf: Data("\n".utf8))
        guard !line.contains("\u{3}") else { throw ExitCode(130) }
        guard !line.isEmpty else { throw ValidationError("No password was typed.") }
        return Secret(line)
    }

    private static func line(_ handle: FileHandle) throws -> String {
        var bytes = Data()
        while bytes.count < 4096, let byte = try handle.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ValidationError("The password is not UTF-8 text.") }
        return text
    }
}
