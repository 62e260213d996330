/// A moment in microseconds since 1970-01-01T00:00:00Z, the unit of every stored time.
///
/// Arithmetic saturates at the ends of the range, so that no value from outside can trap.
public struct Timestamp: Sendable, Hashable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// A moment in whole seconds, as in a JWT's NumericDate; saturates.
    public init(seconds: Int64) {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : value
    }

    /// Whole seconds, rounded towards the past.
    public var seconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (value, overflow) = left.microseconds.addingReportingOverflow(right.inMicroseconds)
        return Timestamp(microseconds: overflow ? (right < .zero ? .min : .max) : value)
    }

    public static func - (left: Timestamp, right: Duration) -> Timestamp {
        let (value, overflow) = left.microseconds.subtractingReportingOverflow(right.inMicroseconds)
        return Timestamp(microseconds: overflow ? (right < .zero ? .max : .min) : value)
    }

    /// The time from `right` to `left`; saturates.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        let (value, overflow) = left.microseconds.subtractingReportingOverflow(right.microseconds)
        return .microseconds(overflow ? (left < right ? .min : .max) : value)
    }
}

extension Duration {
    /// Whole microseconds; saturates.
    public var inMicroseconds: Int64 {
        // Not `components`, which traps where the seconds do not fit 64 bits.
        Int64(clamping: attoseconds / 1_000_000_000_000)
    }

    /// Whole seconds, rounded up: what `Retry-After` and `Max-Age` want; saturates.
    public var secondsRoundedUp: Int64 {
        let (seconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
        return Int64(clamping: rest > 0 ? seconds + 1 : seconds)
    }
}
