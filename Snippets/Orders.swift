// An API whose one route wants a signed-in person with a permission.

import Gatehouse
import GatehouseSQLite
import Hummingbird

extension Permission { static let readOrders: Self = "orders.read" }

let gate = try await Gate(store: .sqlite("orders.db"))
let router = gate.router(context: BasicIdentityContext.self)

router.signedIn("orders")
    .requiring(.permission(.readOrders))
    .get { _, context in "Orders of \(context.principal.name)" }

try await gate.application(router).runService()
