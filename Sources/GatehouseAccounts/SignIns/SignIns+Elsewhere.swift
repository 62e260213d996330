public import GatehouseCore
import GatehouseStore

extension SignIns {
    /// The user whom another check of the same name and password finds, such as that of an application with users of its own; `nil` where it
    /// finds nobody, which counts nothing: `signIn` and `verify`, to be asked then, count what they refuse.
    ///
    /// The throttle is looked at before `check` is asked, and again before anybody hears that it said yes: throws `too_many_attempts`, and what
    /// `check` throws. A failure of `check` that is `invalid_credentials` counts as a wrong password.
    public func prove(
        _ attempt: SignInAttempt, by check: @Sendable () async throws(GatehouseError) -> User?
    ) async throws(GatehouseError) -> User? {
        let throttle = throttle
        let buckets = throttle.buckets(AccountName(typed: attempt.name), address: attempt.address)
        do throws(GatehouseError) {
            try await environment.driver.read { transaction throws(GatehouseError) in try throttle.check(buckets, in: transaction) }
            guard let user = try await found(by: check, buckets) else { return nil }
            let id = user.id
            try await environment.driver.write { transaction throws(GatehouseError) in
                try throttle.succeed(buckets, user: id, in: transaction)
            }
            return user
        } catch {
            environment.recordRefusal("sign_in", error.code, address: attempt.address)
            throw error
        }
    }

    private func found(
        by check: @Sendable () async throws(GatehouseError) -> User?, _ buckets: Throttle.Buckets
    ) async throws(GatehouseError) -> User? {
        let throttle = throttle
        do throws(GatehouseError) {
            return try await check()
        } catch {
            if error.code == .invalidCredentials {
                try await environment.driver.write { transaction throws(GatehouseError) in try throttle.fail(buckets, in: transaction) }
            }
            throw error
        }
    }
}
