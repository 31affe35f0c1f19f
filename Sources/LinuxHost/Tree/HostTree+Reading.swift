extension HostTree {
    /// Reads a file that need not be there: what else stands in the way, and what a limit cut off, is in `failures`.
    package func read(_ path: RawText, limit: Int = 1 << 20, _ failures: inout FailureLog) -> TreeFile? {
        do throws(HostError) {
            let file = try contents(path, limit: limit)
            if file.isTruncated {
                failures.record(
                    HostError(.limitReached, "read", path, reason: "it has more than \(limit) bytes, and was cut off"))
            }
            if file.hasOverlongLines {
                failures.record(
                    HostError(
                        .limitReached, "read", path,
                        reason: "lines of more than \(TreeFile.mostLineBytes) bytes were left out"))
            }
            if file.hasChanged {
                failures.record(HostError(.replaced, "read", path, reason: "it was written to while it was read"))
            }
            return file
        } catch {
            if error.code != .notFound { failures.record(error) }
            return nil
        }
    }

    /// Lists a folder that need not be there, in the same way.
    package func list(
        _ path: RawText, limit: Int = mostEntries, _ failures: inout FailureLog
    ) -> [TreeListing.Entry] {
        do throws(HostError) {
            let listing = try entries(path, limit: limit)
            if listing.isTruncated {
                failures.record(
                    HostError(.limitReached, "list", path, reason: "it has more than \(limit) entries"))
            }
            return listing.entries
        } catch {
            if error.code != .notFound { failures.record(error) }
            return []
        }
    }

    /// The status of a file that need not be there, in the same way.
    package func look(_ path: RawText, _ failures: inout FailureLog) -> FileStatus? {
        do throws(HostError) {
            return try status(path)
        } catch {
            if error.code != .notFound { failures.record(error) }
            return nil
        }
    }
}
