import Foundation
import TestSupport
import Testing

/// What a real browser does with a page.
struct Browser {
    /// The page after it was loaded, and whatever ran in it.
    let document: ParsedPage
    /// Lines of its console.
    let console: [String]
    /// All that it did on the network, as it tells.
    let network: String

    /// Opens a file with scripts allowed, and without a network.
    static func open(_ path: String) async throws -> Browser {
        try await Scratch.withFolder { folder in
            let log = folder + "/net.json"
            let outcome = try await Tool.run(
                "chromium",
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
                    "--user-data-dir=\(folder)/profile",
                    "--enable-logging=stderr", "--log-net-log=\(log)", "--virtual-time-budget=2000", "--dump-dom",
                    "file://\(path)",
                ], environment: ["HOME": folder])
            return Browser(
                document: try ParsedPage(outcome.output),
                console: outcome.errors.split(separator: "\n").map(String.init).filter { $0.contains("CONSOLE") },
                network: try Files.text(log))
        }
    }
}
