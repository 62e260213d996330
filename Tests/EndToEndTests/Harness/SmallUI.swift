/// A UI in Python that starts at once and tells what it was given.
///
/// `/headers` and `/environment` answer JSON, `/me` calls the API as the person who asks, `/until/…` answers when the file is
/// there; everything else is a page.
enum SmallUI {
    /// The `--ui` command; with `waitingFor`, each start waits until a file of this name is there.
    static func command(in folder: Folder, waitingFor file: String? = nil) throws -> String {
        let path = try folder.write(program, to: "small_ui.py")
        return "python3 -u \(path)" + (file.map { " \(folder.file($0))" } ?? "")
    }

    private static let program = #"""
        import http.server, json, os, sys, time, urllib.error, urllib.request

        while len(sys.argv) > 1 and not os.path.exists(sys.argv[1]):
            time.sleep(0.02)
        api = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/headers":
                    self.answer("application/json", json.dumps(self.headers.items()))
                elif self.path == "/environment":
                    self.answer("application/json", json.dumps(dict(os.environ)))
                elif self.path == "/me":
                    self.me()
                elif self.path.startswith("/until/"):
                    print("waiting", flush=True)
                    while not os.path.exists(self.path[6:]):
                        time.sleep(0.02)
                    self.answer("text/plain", "it came")
                else:
                    self.answer("text/html", f"<!doctype html><title>small</title><p>small ui {os.getpid()}</p>")

            def me(self):
                url = os.environ["GATEHOUSE_API_URL"] + "/v1/auth/me"
                request = urllib.request.Request(url, headers={"Authorization": self.headers["Authorization"]})
                try:
                    self.answer("application/json", api.open(request, timeout=10).read().decode())
                except urllib.error.HTTPError as error:
                    self.answer("application/json", json.dumps({"refused": error.code}))

            def answer(self, type, text):
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        print("small ui", os.getpid())
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
        """#
}
