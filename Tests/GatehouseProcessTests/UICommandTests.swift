import GatehouseCore
import GatehouseProxy
import Testing

@Suite struct UICommandTests {
    @Test(arguments: [
        ("streamlit run app.py", ["streamlit", "run", "app.py"]),
        ("  a\t b  ", ["a", "b"]),
        (#"python "my app.py" 'it is' plain"#, ["python", "my app.py", "it is", "plain"]),
        (#"a \"b\ c\""#, ["a", "\"b c\""]),
        (#"a "x\"y\\z\n""#, ["a", #"x"y\z\n"#]),
        (#"a '' "" b"#, ["a", "", "", "b"]),
        ("a --b='c d'e", ["a", "--b=c de"]),
        ("a $(id); rm -rf ~ | b > c & `d` *", ["a", "$(id);", "rm", "-rf", "~", "|", "b", ">", "c", "&", "`d`", "*"]),
    ])
    func `a command line is split at blanks and quotes and read by no shell`(line: String, words: [String]) throws {
        #expect(try UICommand(parsing: line).words == words)
    }

    @Test(arguments: ["", "   ", "a 'b", "a \"b", "a \\", "-c id", "'' b", "a \"b\\", "a\0b"])
    func `a command line that names no program or does not end is refused`(line: String) {
        let error = #expect(throws: GatehouseError.self) { try UICommand(parsing: line) }
        #expect(error?.code == .configurationInvalid)
    }
}
