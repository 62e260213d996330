import GatehouseCore

/// `docs/configuration.md`, made from the tables of keys.
public enum ConfigurationReference {
    public static func markdown() -> String {
        """
        # Configuration

        <!-- Made by `gatehouse config-reference`; edit the tables in Sources/GatehouseServer/Configuration instead. -->

        Settings come from flags, the environment, a `.env` file in the working directory and YAML, in that order: the first that has a
        key wins. The YAML file is that of `--config` or `GATEHOUSE_CONFIG`, else `gatehouse.yaml` in the working directory if it is
        there. Unknown keys, wrong types and values out of range are refused at start with their place and the remedy.

        - Every key has an environment variable of the same name; lists are separated by commas,
          lists of maps are YAML in one line (`[{ path: /a, … }]`). A variable without text counts as not given.
        - **Times** are a number and a unit: `30s`, `15m`, `12h`, `30d`.
        - **Secrets** are text, `{ file: path }` (without the line end behind it) or `{ env: NAME }`; where they are bytes also
          `{ base64url: … }`. A variable holds the text itself.
        - **Guards** are `\(Policy.guardForms.joined(separator: "`, `"))`.
          Under `methods` a list means all of the roles, `{ any: [role, …] }` any of them, everything else is a guard; a method that
          is not named takes `"*"`, without which it is refused, and HEAD is judged as GET.
        - **Paths in `guards`** narrow what the upstream's own guard admits; where several match, the longest decides. Two that one
          request could mean (`/{tenant}` beside `/acme`) are refused.
        - A supervised UI inherits no `GATEHOUSE_…` variable but `GATEHOUSE_API_URL`, none that `{ env: }` names and none of `.env`.
        - YAML anchors and aliases are refused; text that reads as a number or a boolean is quoted.

        ```yaml
        server:
          public_url: https://app.example.com
        store: sqlite:gatehouse.db
        ui: streamlit run app.py
        upstreams:
          - path: /reports
            to: http://127.0.0.1:3000
            guard: { any_role: [analyst] }
        guards:
          - path: /reports/admin
            guard: { methods: { GET: [auditor], "*": { any: [admin, owner] } } }
        issuers:
          - issuer: https://login.example.com
            audience: [orders]
            jwks_url: https://login.example.com/keys
            roles_claim: realm_access.roles
            roles_map: { engineers: [editor] }
        ```

        ## Keys

        | key | takes | default | variable | flag | meaning |
        | --- | --- | --- | --- | --- | --- |
        \(Configuration.keys.map { row($0, Configuration()) }.joined(separator: "\n"))

        \(members(UpstreamSettings.self, of: "upstreams"))
        \(members(GuardSettings.self, of: "guards"))
        \(members(IssuerSettings.self, of: "issuers"))
        \(members(FixedKeySettings.self, of: "api_keys"))
        \(members(TenantSettings.self, of: "tenants.list"))
        """
    }

    private static func row(_ key: ConfigurationKey<Configuration>, _ root: Configuration) -> String {
        "| `\(key.path)` | \(key.kind) | \(code(key.writtenDefault(root))) | `\(key.variable)` | \(code(key.flag ?? "")) | \(key.meaning) |"
    }

    private static func members<Member: ConfigurationMember>(_ type: Member.Type, of list: String) -> String {
        """
        ## Keys of \(Member.noun)

        Each member of the list `\(list)` is a map of these; they have no variables.

        | key | takes | default | meaning |
        | --- | --- | --- | --- |
        \(Member.keys.map { row($0, Member()) }.joined(separator: "\n"))

        """
    }

    private static func row<Member: ConfigurationMember>(_ key: ConfigurationKey<Member>, _ root: Member) -> String {
        "| `\(key.path)` | \(key.kind) | \(key.isRequired ? "required" : code(key.writtenDefault(root))) | \(key.meaning) |"
    }

    private static func code(_ text: String) -> String { text.isEmpty ? "" : "`\(text)`" }
}
