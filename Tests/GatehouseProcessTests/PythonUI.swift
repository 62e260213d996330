import Foundation

/// A small UI in Python that tells what it was given, serves HTTP and has a child of its own.
///
/// Options: `--address` to listen on, `--child-address` for the child to listen on, `--stubborn` to ignore SIGTERM (the child
/// always does), `--deaf` to listen nowhere.
enum PythonUI {
    /// The words that start it, with further options.
    static func words(_ options: String...) throws -> [String] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-test-ui.py")
        try Data(program.utf8).write(to: path, options: .atomic)
        return ["python3", "-u", path.path] + options
    }

    private static let program = #"""
        import http.server, json, os, signal, socket, subprocess, sys

        def option(name):
            return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None

        if "--stubborn" in sys.argv:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        else:
            def end(*_):
                print("goodbye", flush=True)
                os._exit(0)
            signal.signal(signal.SIGTERM, end)

        child = """
        import signal, socket, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if len(sys.argv) > 1:
            held = socket.create_server((sys.argv[1], 0))
        time.sleep(600)
        """
        started = subprocess.Popen([sys.executable, "-c", child] + ([option("--child-address")] if option("--child-address") else []))
        print("child", started.pid)
        print("environment", json.dumps(dict(os.environ)))
        print("arguments", json.dumps(sys.argv[1:]))
        print("stdin", json.dumps(sys.stdin.read()))
        print("interrupt", signal.getsignal(signal.SIGINT) == signal.default_int_handler)
        print("descriptors", sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)))
        print("group", os.getpgid(0))
        print("me", os.getpid())
        if "--deaf" in sys.argv:
            signal.pause()

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in (option("--address") or "") else socket.AF_INET

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(404)
                self.end_headers()
            def log_message(self, *_):
                pass

        Server((option("--address") or "127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
        """#
}
