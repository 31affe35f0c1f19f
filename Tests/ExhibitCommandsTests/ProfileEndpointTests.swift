import Foundation
import Testing

/// Collector `pprof-url` against a server that answers as net/http/pprof does.
@Suite(.needsBinary, .needsTool("python3"))
struct ProfileEndpointTests {
    /// As `net/http/pprof`: profiles are gzip, goroutines with debug=2 are text, and what `seconds` is must be a positive number.
    private static let server = """
        import gzip, http.server, sys, time, urllib.parse
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *a): pass
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                status, kind, body = 200, "application/octet-stream", b""
                if url.path == "/debug/pprof/goroutine" and query.get("debug") == "2":
                    kind, body = "text/plain; charset=utf-8", b"goroutine 1 [running]:\\nmain.main()\\n"
                elif url.path == "/debug/pprof/heap" and not query:
                    body = gzip.compress(b"heap\\x00\\xff")
                elif url.path == "/debug/pprof/profile" and query.get("seconds", "") == "1":
                    time.sleep(1)
                    body = gzip.compress(b"cpu\\x00\\xff")
                else:
                    status, kind, body = 400, "text/plain", ("invalid: " + self.path).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print("127.0.0.1:%d" % server.server_port, file=sys.stderr, flush=True)
        server.serve_forever()
        """

    @Test
    func itsProfilesComeByteForByte() async throws {
        try await LocalService.with(["python3", "-c", Self.server]) { port in
            let arguments = [
                "--with", "pprof-url", "--set", "pprof-url.url=http://127.0.0.1:\(port)", "--set",
                "pprof-url.seconds=1",
            ]
            try await LocalBundle.with([:], arguments) { bundle in
                #expect(bundle.outcome.status == Exhibit.Code.ok, "\(bundle.outcome.summary)")
                let states = try await bundle.states("pprof-url")
                #expect(states.count == 3 && states.values.allSatisfy { $0 == "ok" }, "\(states)")
                #expect(try await bundle.text("local/pprof-url/goroutines.txt").hasPrefix("goroutine 1 [running]"))
                let folder = try await Capture.unpack(bundle.folder + "/b.tar") + "/data/local/pprof-url/"
                for (name, text) in [("heap", "heap"), ("profile", "cpu")] {
                    let plain = try await Tool.run("gzip", ["-dc", folder + name + ".pb.gz"])
                    #expect(plain.output == Array(text.utf8) + [0, 0xFF], "\(name)")
                }
            }
        }
    }

    /// A path of the operator's own that the server does not have is no profile, and the other two are there.
    @Test
    func aProfileThatIsNotThereIsSaid() async throws {
        try await LocalService.with(["python3", "-c", Self.server]) { port in
            let arguments = [
                "--with", "pprof-url", "--set", "pprof-url.url=http://127.0.0.1:\(port)", "--set",
                "pprof-url.path=/debug/pprof/none",
            ]
            try await LocalBundle.with([:], arguments) { bundle in
                #expect(bundle.outcome.status == Exhibit.Code.sealedWithGaps, "\(bundle.outcome.summary)")
                let states = try await bundle.states("pprof-url")
                #expect(states["http heap.pb.gz"] == "ok", "\(states)")
                #expect(
                    states["http profile.pb.gz"]?.hasPrefix("partial: the service answered with status 400") == true)
            }
        }
    }
}
