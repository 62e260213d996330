import Gatehouse
import Synchronization
import Testing

@Suite struct `Readiness` {
    /// A check that the test answers: the first time it waits until it is told to.
    private final class Probe: Sendable {
        private let asked = Atomic(0)
        private let isOpen = Atomic(false)
        var count: Int { asked.load(ordering: .relaxed) }

        var check: ReadinessCheck {
            ReadinessCheck("probe") {
                self.asked.add(1, ordering: .relaxed)
                _ = try? await eventually { self.isOpen.load(ordering: .relaxed) }
                return self.count == 1 ? "down" : nil
            }
        }

        func answer() { isOpen.store(true, ordering: .relaxed) }
    }

    @Test func `is looked at once a second at most, by one request at a time, whatever it was found to be`() async throws {
        let probe = Probe()
        try await Site.with(routes: { $0.readinessChecks.append(probe.check) }) { site in
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<20 { group.addTask { try await site.get("/api/readyz") } }
                #expect(try await eventually { probe.count == 1 })
                probe.answer()
                for try await answer in group {
                    #expect(answer.status == 503 && answer.text.contains(#""probe":"down""#), "\(answer)")
                }
            }
            #expect(try await site.get("/api/readyz").status == 503)
            #expect(probe.count == 1)
            site.clock.advance(.seconds(1))
            for _ in 0..<3 { #expect(try await site.get("/api/readyz").status == 200) }
            #expect(probe.count == 2)
        }
    }
}
