import GatehouseCore

/// The members of one JWK, read with their types.
struct JWKFields {
    let json: StrictJSON.Element

    init(_ json: StrictJSON.Element) throws(GatehouseError) {
        self.json = json
        guard json.isObject else { throw refusal("is no object") }
    }

    func refusal(_ reason: String) -> GatehouseError {
        GatehouseError(.invalidKey, "A JWK \(reason).")
    }

    func text(_ name: String) throws(GatehouseError) -> String {
        guard let text = json[name]?.string else { throw refusal("has no text in “\(name)”") }
        return text
    }

    func optionalText(_ name: String) throws(GatehouseError) -> String? {
        json[name] == nil ? nil : try text(name)
    }

    /// Strict base64url, at least one byte.
    func bytes(_ name: String) throws(GatehouseError) -> [UInt8] {
        guard let bytes = Base64URL.decode(try text(name)), !bytes.isEmpty else { throw refusal("has no base64url in “\(name)”") }
        return bytes
    }

    func algorithm() throws(GatehouseError) -> SigningAlgorithm? {
        guard let name = try optionalText("alg") else { return nil }
        guard let algorithm = SigningAlgorithm(rawValue: name) else { throw refusal("has an “alg” that Gatehouse does not take") }
        return algorithm
    }

    func operations() throws(GatehouseError) -> [String]? {
        guard let element = json["key_ops"] else { return nil }
        guard let operations = element.strings, Set(operations).count == operations.count else {
            throw refusal("has a “key_ops” that is no list of different texts")
        }
        return operations
    }

    /// Coordinates have the full length of the curve's field (RFC 7518 section 6.2.1).
    func point() throws(GatehouseError) -> JWK.Material {
        guard let curve = JWK.Curve(rawValue: try text("crv")) else { throw refusal("has a curve that Gatehouse does not take") }
        let x = try bytes("x")
        let y = try bytes("y")
        guard x.count == curve.coordinateLength, y.count == curve.coordinateLength else {
            throw refusal("has coordinates of a wrong length")
        }
        return .ellipticCurve(curve, x: x, y: y)
    }
}
