import Gatehouse
import GatehouseCommandLine
import GatehouseSQLite
import Hummingbird

extension Permission { static let readOrders: Self = "orders.read" }

@main struct OrdersApp {
    static func main() async {
        // Serves; `orders routes` and `orders explain GET /orders --user ada` answer instead.
        await Gate.main(store: .sqlite("orders.db")) { gate in
            let router = gate.router(context: BasicIdentityContext.self)
            router.signedIn("orders")
                .requiring(.permission(.readOrders))
                .get { _, context in "Orders of \(context.principal.name)" }
            return router
        }
    }
}
