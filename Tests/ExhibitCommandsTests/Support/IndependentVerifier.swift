import Foundation
import Testing

/// `Scripts/verify_bundle.py`, which was written from docs/format.md alone.
enum IndependentVerifier {
    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Scripts/verify_bundle.py").path

    /// Two at a time, each in a process of its own. What it does not expect itself ends one with 1, as in Python.
    private static let runs = """
        import json, multiprocessing, os, runpy, sys, traceback
        main = runpy.run_path(sys.argv[1])["main"]
        def silence():
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        def status(arguments):
            sys.argv[1:] = arguments
            try:
                return main()
            except Exception:
                traceback.print_exc()
                return 1
        with open(sys.argv[2]) as file:
            runs = json.load(file)
        with multiprocessing.get_context("fork").Pool(2, silence, maxtasksperchild=1) as pool:
            print(json.dumps(pool.map(status, runs, chunksize=1)))
        """

    /// The exit status of a run with each of these arguments. Python is started once: that takes longer than most verdicts.
    static func statuses(
        _ arguments: [[String]], folder: String? = nil, at location: SourceLocation = #_sourceLocation
    ) async throws -> [Int32] {
        try await Scratch.withFolder { scratch in
            let list = scratch + "/runs.json"
            try JSONEncoder().encode(arguments).write(to: URL(fileURLWithPath: list))
            let outcome = try await Tool.run(
                "python3", ["-B", "-c", runs, script, list], folder: folder, within: .seconds(240), at: location)
            let statuses = try JSONDecoder().decode([Int32].self, from: Data(outcome.output))
            try #require(statuses.count == arguments.count, "\(outcome.summary)", sourceLocation: location)
            return statuses
        }
    }
}
