/// A statement whose interpolations bind: `"SELECT name FROM users WHERE id = \(id)"` has one parameter, never a spliced value.
///
/// Its text can come from literals of the program only, also through `init(stringLiteral:)`. Parameters are numbered from 1 in
/// order of appearance; `\(again: 1)` uses one of them once more. `\(sql: other)` puts in another statement with its parameters.
public struct SQLText: Sendable, ExpressibleByStringInterpolation {
    enum Piece: Sendable {
        case text(String)
        case parameter(Int)
    }

    /// The bound values; the parameter numbered n is at n − 1.
    public let values: [SQLValue]
    let pieces: [Piece]

    public init(stringLiteral text: StaticString) {
        pieces = [.text(text.description)]
        values = []
    }

    public init(stringInterpolation interpolation: StringInterpolation) {
        pieces = interpolation.pieces
        values = interpolation.values
    }

    /// The statement with its parameters as `dialect` writes them: `?1` or `$1`.
    public func rendered(for dialect: SQLDialect) -> String {
        var rendered = ""
        for piece in pieces {
            switch piece {
            case .text(let text): rendered += text
            case .parameter(let number): rendered += "\(dialect.parameterMark)\(number)"
            }
        }
        return rendered
    }
}

extension SQLText {
    public struct StringInterpolation: StringInterpolationProtocol {
        var pieces: [Piece] = []
        var values: [SQLValue] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
            values.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            if literal.utf8CodeUnitCount > 0 { pieces.append(.text(literal.description)) }
        }

        /// Binds `value` to the next parameter.
        public mutating func appendInterpolation(_ value: some SQLRepresentable) {
            values.append(value.sqlValue)
            pieces.append(.parameter(values.count))
        }

        /// Binds `value`, or NULL, to the next parameter.
        public mutating func appendInterpolation<Value: SQLRepresentable>(_ value: Value?) {
            values.append(value?.sqlValue ?? .null)
            pieces.append(.parameter(values.count))
        }

        /// Uses a parameter that already has its value; traps if there is none of that number, which is a mistake in the program.
        public mutating func appendInterpolation(again number: Int) {
            precondition(values.indices.contains(number - 1), "no parameter is numbered \(number) yet")
            pieces.append(.parameter(number))
        }

        /// Puts in a fragment; its parameters are numbered on.
        public mutating func appendInterpolation(sql fragment: SQLText) {
            let offset = values.count
            values += fragment.values
            for piece in fragment.pieces {
                switch piece {
                case .text: pieces.append(piece)
                case .parameter(let number): pieces.append(.parameter(number + offset))
                }
            }
        }
    }
}
