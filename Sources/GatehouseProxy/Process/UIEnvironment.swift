/// What the UI process finds in its environment.
///
/// It holds nothing of ours but the address of the API: no other `GATEHOUSE_…` name in any case, and none of the names whose
/// values are secrets of the gateway.
struct UIEnvironment: Sendable {
    let variables: [String: String]

    init(inheriting parent: [String: String], without secretNames: Set<String>, port: Int, apiURL: String) {
        var variables = parent.filter { name, _ in
            !name.uppercased().hasPrefix("GATEHOUSE_") && !secretNames.contains(name)
                && Self.isPassable(name)
        }
        variables["PORT"] = String(port)
        variables["STREAMLIT_SERVER_PORT"] = String(port)
        variables["STREAMLIT_SERVER_ADDRESS"] = "127.0.0.1"
        variables["STREAMLIT_SERVER_HEADLESS"] = "true"
        variables["GATEHOUSE_API_URL"] = apiURL
        self.variables = variables
    }

    /// Names that POSIX knows; a parent may hold others (exported shell functions), which no UI needs.
    private static func isPassable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
