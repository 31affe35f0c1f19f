internal import Archive
internal import ArgumentParser
internal import Glibc

/// Where a report goes: a file that is there wholly or not at all, or standard output.
struct ReportFile {
    private let path: String
    private let force: Bool

    /// Refuses what is there before anything is read.
    init(_ path: String, force: Bool) throws {
        guard !path.isEmpty else { throw ValidationError("--out names no file; - is standard output.") }
        self.path = path
        self.force = force
        guard path != "-" else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard force else {
            throw RenderingFailure(
                .outputExists, "\(path) is there already; choose another name with --out, or replace it with --force")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RenderingFailure(.outputExists, "\(path) is no plain file: --force does not replace it")
        }
    }

    func write(_ bytes: [UInt8]) throws {
        if path == "-" {
            var output = RenderingOutput()
            try output.bytes(bytes)
            return try output.flush()
        }
        let unfinished = "\(path).\(getpid()).partial"
        do {
            var file = try OutputFile(creating: unfinished)
            try file.write(bytes)
            try file.sync()
            try file.close()
            if force {
                try OutputFile.replace(path, with: unfinished)
                try OutputFile.syncName(from: unfinished, to: path)
            } else {
                try OutputFile.publish(from: unfinished, to: path)
            }
        } catch {
            if error.subject != unfinished || error.code != .exists { unlink(unfinished) }
            throw RenderingFailure(
                error.code == .noSpace ? .diskFull : error.code == .exists ? .outputExists : .outputNotWritable,
                "writing the report: \(error)")
        }
    }
}
