extension Explanation {
    /// The explanation as lines for people; with the codes of a terminal's colours where `colored`.
    public func lines(colored: Bool) -> [String] {
        let paint = Paint(isOn: colored)
        var lines = ["\(method) \(Self.visible(target))", "", "Route   \(routeText)"]
        if let route { lines.append("Guard   \(route.guardDescription)") }
        lines.append("Caller  \(callerText)")
        lines += callerLines
        if let refusal { lines.append("        \(paint.bad("refused:")) \(Self.visible(refusal))") }
        if !rules.isEmpty { lines += ["", "Rules"] + rules.map { Self.line($0, paint) } }
        lines += ["", "Answer  \(answerText(paint))"]
        if let reason = answer.reason, reason != refusal { lines.append("        \(Self.visible(reason))") }
        lines += answer.fields.sorted { $0.key < $1.key }.map { "        \($0.key): \(Self.visible($0.value))" }
        return lines + notes.map { "Note    \($0)" }
    }

    private var routeText: String {
        guard let route else { return "none" }
        return "\(route.methods.joined(separator: ",")) \(route.path) → \(route.target)"
    }

    private var callerText: String {
        guard let caller else { return "nobody" }
        return Self.visible("\(caller.username) (\(caller.authProvider):\(caller.id)), by \(caller.credential), in tenant \(caller.tenant)")
    }

    private var callerLines: [String] {
        guard let caller else { return [] }
        let lists = [("roles", caller.roles), ("permissions", caller.permissions)] + (caller.scopes.map { [("scopes", $0)] } ?? [])
        return lists.map { name, list in "        \(name): \(list.isEmpty ? "none" : list.joined(separator: " "))" }
    }

    private static func line(_ rule: Rule, _ paint: Paint) -> String {
        let mark = rule.holds ? paint.good("match   ") : rule.missing == nil ? "no match" : paint.bad("missing ")
        let indent = String(repeating: "  ", count: rule.depth)
        return "  \(mark) \(indent)\(rule.rule)"
    }

    private func answerText(_ paint: Paint) -> String {
        if answer.isAllowed { return paint.good("allowed") + " → \(route?.target ?? "")" }
        return paint.bad([answer.status.map { "\($0)" }, answer.code].compactMap { $0 }.joined(separator: " "))
    }

    /// Control characters could rewrite the terminal.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    private struct Paint {
        let isOn: Bool
        func good(_ text: String) -> String { isOn ? "\u{1B}[32m\(text)\u{1B}[0m" : text }
        func bad(_ text: String) -> String { isOn ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
    }
}
