import GatehouseCore
import GatehouseServer
import Testing

@Suite struct DotEnvTests {
    /// Reads `text` as a `.env` file, through the one setting that takes any text.
    private func password(_ text: String) throws -> String? {
        try load(dotEnv: text).adminPassword?.expose { $0 }
    }

    @Test(arguments: [
        ("=plain", "plain"), ("=  blanks around  ", "blanks around"), ("=a # comment", "a"), ("=a#b", "a#b"), ("= 'x # y' # z", "x # y"),
        ("='lite$ral \\n'", "lite$ral \\n"), (#"="esc \n \" \\ \$ \x""#, "esc \n \" \\ $ \\x"), ("=\"two\nlines\"", "two\nlines"),
        ("=$HOME `id`", "$HOME `id`"), ("=a=b", "a=b"), (" = spaced", "spaced"), ("=é", "é"), ("=crlf\r\nOTHER=1", "crlf"),
    ])
    func `values are read as written`(line: String, value: String) throws {
        #expect(try password("\n# comment\n  export GATEHOUSE_ADMIN_PASSWORD\(line)\n") == value)
    }

    @Test func `a byte order mark and a missing line end do no harm`() throws {
        #expect(try password("\u{FEFF}GATEHOUSE_ADMIN_PASSWORD=x") == "x")
    }

    @Test(arguments: [
        ("no assignment", ".env:1 is not NAME=value."), ("\n1A=b", ".env:2 has no valid name before “=”: use A-Z, 0-9 and _."),
        ("A B=c", ".env:1 has no valid name before “=”: use A-Z, 0-9 and _."),
        ("=x", ".env:1 has no valid name before “=”: use A-Z, 0-9 and _."),
        ("A=\"x\n\n", ".env:1 opens a quote that is never closed."), ("A='x' y", ".env:1 goes on after the closing quote."),
        ("A=1\nB=2\nA=3", ".env:3 gives A a second time: keep one of them."),
        ("A-B=1", ".env:1 has no valid name before “=”: use A-Z, 0-9 and _."),
    ])
    func `what is no assignment is refused with its line`(text: String, expected: String) {
        #expect(refusal(dotEnv: text) == expected)
    }
}
