import GatehouseCore
import Testing

@Suite struct TimestampTests {
    private let earliest = Timestamp(microseconds: .min)
    private let latest = Timestamp(microseconds: .max)
    /// Longer than 64 bits of seconds can tell.
    private let forever = Duration.seconds(Int64.max) * 4

    @Test func `seconds saturate at both ends`() {
        #expect(Timestamp(seconds: .max) == latest)
        #expect(Timestamp(seconds: .min) == earliest)
        #expect(Timestamp(seconds: 9_007_199_254_740_992) == Timestamp(seconds: 1 << 53))
        #expect(Timestamp(seconds: 1_767_225_600).microseconds == 1_767_225_600_000_000)
    }

    @Test func `whole seconds are rounded towards the past`() {
        #expect(Timestamp(microseconds: 1_999_999).seconds == 1)
        #expect(Timestamp(microseconds: -1).seconds == -1)
        #expect(Timestamp(microseconds: -1_000_000).seconds == -1)
        #expect(Timestamp(microseconds: -1_000_001).seconds == -2)
        #expect(earliest.seconds == -9_223_372_036_855)
    }

    @Test func `sums and differences saturate`() {
        let hour = Duration.seconds(3600)
        #expect(latest + hour == latest)
        #expect(earliest - hour == earliest)
        #expect(latest - (.zero - hour) == latest)
        #expect(earliest + (.zero - hour) == earliest)
        #expect(latest - earliest == .microseconds(Int64.max))
        #expect(earliest - latest == .microseconds(Int64.min))
        #expect(earliest - earliest == .zero)
        #expect(Timestamp(seconds: 10) - Timestamp(seconds: 4) == .seconds(6))
        #expect(Timestamp(seconds: 10) + .microseconds(5) == Timestamp(microseconds: 10_000_005))
    }

    @Test func `a duration beyond 64 bits saturates and does not trap`() {
        #expect(forever.inMicroseconds == .max)
        #expect((.zero - forever).inMicroseconds == .min)
        #expect(forever.secondsRoundedUp == .max)
        #expect((.zero - forever).secondsRoundedUp == .min)
        #expect(Timestamp(seconds: 0) + forever == latest)
        #expect(Timestamp(seconds: -1) - forever == earliest)
    }

    @Test func `microseconds and whole seconds of durations`() {
        #expect(Duration.milliseconds(1500).inMicroseconds == 1_500_000)
        #expect((.zero - Duration.milliseconds(1500)).inMicroseconds == -1_500_000)
        #expect(Duration.nanoseconds(1999).inMicroseconds == 1)
        #expect(Duration.seconds(Int64.max).inMicroseconds == .max)
        #expect(Duration.milliseconds(1001).secondsRoundedUp == 2)
        #expect(Duration.seconds(1).secondsRoundedUp == 1)
        #expect(Duration.zero.secondsRoundedUp == 0)
        #expect((.zero - Duration.milliseconds(1500)).secondsRoundedUp == -1)
    }

    @Test func `random arithmetic never traps and keeps its order`() {
        var g = Seeded(7)
        for _ in 0..<5_000 {
            let moment = Timestamp(microseconds: Int64.random(in: .min ... .max, using: &g))
            let length = Duration(secondsComponent: Int64.random(in: .min ... .max, using: &g), attosecondsComponent: 0)
            #expect(length >= .zero ? moment + length >= moment : moment + length <= moment)
            #expect(length >= .zero ? moment - length <= moment : moment - length >= moment)
        }
    }

    @Test func `the system's clock tells this century, and a clock can be handed in`() {
        #expect(WallClock.system.now() > now - .seconds(86_400 * 365))
        #expect(WallClock { Timestamp(seconds: 5) }.now() == Timestamp(seconds: 5))
    }
}
