import GatehouseCore

/// Which passwords may be set (NIST SP 800-63B section 5.1.1.2): long enough, not common, not the name; nothing about composition.
enum PasswordRules {
    static let lengths = 12...128
    /// More bytes than any password that may be set: four a character.
    static let mostBytes = 512

    /// Throws `password_rejected`, naming `field`, unless `password` may be the password of the account with these names.
    static func check(_ password: Secret<String>, names: [String], field: String = "password") throws(GatehouseError) {
        guard let problem = password.expose({ problem(with: $0, names: names) }) else { return }
        throw GatehouseError(
            .passwordRejected, "A new password was refused: \(problem.code).",
            fields: [FieldError(field: field, code: problem.code, message: problem.message)])
    }

    private static func problem(with password: String, names: [String]) -> (code: String, message: String)? {
        // Characters as code points, so that no sequence of marks counts as one.
        let count = password.unicodeScalars.count
        if count < lengths.lowerBound { return ("too_short", "Use at least \(lengths.lowerBound) characters.") }
        if count > lengths.upperBound { return ("too_long", "Use at most \(lengths.upperBound) characters.") }
        let folded = AccountName.folded(password)
        if CommonPasswords.contains(folded) { return ("common", "This password is too common.") }
        if names.contains(where: { isMade(folded, of: AccountName(typed: $0).canonical) }) {
            return ("contains_name", "The password must not be made of the name.")
        }
        return nil
    }

    /// Whether a password is a name repeated, with nothing but digits and signs around it.
    private static func isMade(_ password: String, of name: String) -> Bool {
        guard name.count >= 3 else { return false }
        return !password.replacing(name, with: "").contains(where: \.isLetter) && password.contains(name)
    }
}
