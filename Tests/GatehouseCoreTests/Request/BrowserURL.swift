/// Where a browser on `https://app.example.com/auth/sign-in` goes for a `Location`: the URL standard's parser (url.spec.whatwg.org) as
/// far as origins are concerned.
enum BrowserURL {
    static let ours = "https://app.example.com"

    private static let ports = ["http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21", "file": ""]

    /// Scheme, host and port that `input` leads to; `null` for schemes without an origin.
    static func origin(of input: String) -> String {
        var text = Array(input.unicodeScalars)[...]
        while let first = text.first, first.value <= 0x20 { text.removeFirst() }
        while let last = text.last, last.value <= 0x20 { text.removeLast() }
        text.removeAll { $0 == "\t" || $0 == "\n" || $0 == "\r" }
        guard let (scheme, rest) = schemeAndRest(text) else { return relative(text) }
        guard ports[scheme] != nil else { return "null" }
        if scheme == "https", !(rest.starts(with: "//".unicodeScalars)) { return relative(rest) }
        return scheme == "file" ? "null" : authority(rest, scheme: scheme)
    }

    private static func schemeAndRest(_ text: ArraySlice<Unicode.Scalar>) -> (String, ArraySlice<Unicode.Scalar>)? {
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.properties.isAlphabetic else { return nil }
        let name = text[..<colon]
        guard name.allSatisfy({ $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "+-.".unicodeScalars.contains($0)) }) else {
            return nil
        }
        return (string(name).lowercased(), text[(colon + 1)...])
    }

    /// Without a scheme: two slashes of either kind start an authority, all else stays here.
    private static func relative(_ text: ArraySlice<Unicode.Scalar>) -> String {
        let start = text.prefix(2)
        guard start.count == 2, start.allSatisfy(isSlash) else { return ours }
        return authority(text, scheme: "https")
    }

    private static func authority(_ text: ArraySlice<Unicode.Scalar>, scheme: String) -> String {
        let whole = text.drop(while: isSlash).prefix { !isSlash($0) && $0 != "?" && $0 != "#" }
        let hostAndPort = whole.lastIndex(of: "@").map { whole[($0 + 1)...] } ?? whole
        let end = hostAndPort.lastIndex(of: "]") ?? hostAndPort.startIndex
        let colon = hostAndPort[end...].lastIndex(of: ":")
        let host = domain(string(colon.map { hostAndPort[..<$0] } ?? hostAndPort))
        let port = colon.map { string(hostAndPort[($0 + 1)...]) } ?? ""
        return "\(scheme)://\(host)" + (port.isEmpty || port == ports[scheme] ? "" : ":\(port)")
    }

    /// The parts of domain-to-ASCII that could turn one host into another.
    private static func domain(_ text: String) -> String {
        let scalars = RealServer.decode(text).unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.value {
            case 0xff01...0xff5e: Unicode.Scalar(UInt8(scalar.value - 0xfee0))
            case 0x3002, 0xff61: "."
            default: scalar
            }
        }
        return string(scalars[...].filter { $0 != "\u{ad}" && $0 != "\u{200b}" }[...]).lowercased()
    }

    private static func isSlash(_ scalar: Unicode.Scalar) -> Bool { scalar == "/" || scalar == "\\" }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }
}
