import Foundation
import Hummingbird

/// The least that answers: a stock Hummingbird application with routes and no middleware.
///
/// `PlainServer <port> <path> <file> …` serves the bytes of each file at the path before it.
@main struct PlainServer {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let port = arguments.first.flatMap({ Int($0) }), arguments.count >= 3, arguments.count % 2 == 1 else {
            print("usage: PlainServer <port> <path> <file> …")
            exit(2)
        }
        let router = Router()
        for index in stride(from: 2, to: arguments.endIndex, by: 2) {
            let body = ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: arguments[index + 1])))
            router.get(RouterPath(arguments[index])) { _, _ in
                Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
            }
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
