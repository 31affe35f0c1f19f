internal import CLinux
internal import Glibc

/// Reads the socket tables of one network namespace: by netlink where the kernel and the rights allow, else by the text under
/// `/proc/<pid>/net`, for each table by itself.
struct SocketTableReader: Sendable {
    let tables: [SocketTableName]
    /// Bytes of one table.
    let tableBytes: Int
    let isCancelled: @Sendable () -> Bool

    /// The sockets of a namespace and how each table was read.
    struct Reading: Sendable {
        var sockets: [SocketRecord] = []
        var tables: [SocketTableSummary] = []
        var failures: [HostError] = []
    }

    /// - Parameters:
    ///   - namespace: the inode of the namespace; nil if not known, and then only procfs is asked.
    ///   - limit: the most sockets.
    ///   - usesNetlink: false for the text only.
    func read(
        _ process: borrowing AnchoredDirectory, namespace: UInt64?, limit: Int, usesNetlink: Bool
    ) -> Reading {
        var asked: [SocketTableName: Diagnosed] = [:]
        if usesNetlink, namespace != nil {
            switch diagnose(process, namespace, limit) {
            case .success(let tables): asked = tables
            case .failure(let error):
                for name in tables { asked[name] = Diagnosed(failure: error) }
            }
        }
        var reading = Reading()
        for name in tables {
            // Taken out, so that the largest tables are in memory once.
            var result = asked.removeValue(forKey: name) ?? Diagnosed(failure: nil)
            if result.isGood {
                let room = max(0, limit - reading.sockets.count)
                let isCut = result.sockets.count > room
                if isCut { result.sockets.removeLast(result.sockets.count - room) }
                let count = result.sockets.count
                if reading.sockets.isEmpty {
                    swap(&reading.sockets, &result.sockets)
                } else {
                    reading.sockets += result.sockets
                }
                var summary = SocketTableSummary(
                    name: name, count: count, unparsedLines: result.unparsed, unparsedSamples: [],
                    isTruncated: result.isTruncated || isCut)
                summary.via = .netlink
                reading.tables.append(summary)
            } else {
                readText(process, name, limit, fallback: result.failure, into: &reading)
            }
        }
        return reading
    }

    // MARK: netlink

    private struct Diagnosed: Sendable {
        var sockets: [SocketRecord] = []
        var unparsed = 0
        var isTruncated = false
        var isGood = false
        var failure: HostError?

        init(failure: HostError?) {
            self.failure = failure
        }
    }

    private func diagnose(
        _ process: borrowing AnchoredDirectory, _ namespace: UInt64?, _ limit: Int
    ) -> Result<[SocketTableName: Diagnosed], HostError> {
        let work: @Sendable () -> [SocketTableName: Diagnosed] = {
            var results: [SocketTableName: Diagnosed] = [:]
            var room = limit
            for name in tables where !isCancelled() {
                let result = diagnose(name, limit: room)
                room -= result.sockets.count
                results[name] = result
            }
            return results
        }
        // Nobody needs a right to stay where he is.
        if process.isOfProcfs, namespace == NetworkNamespaceThread.own { return .success(work()) }
        return NetworkNamespaceThread.run(in: process, work)
    }

    /// Asks in the network namespace of the calling thread.
    private func diagnose(_ name: SocketTableName, limit: Int) -> Diagnosed {
        let decoder = SocketDiagnosisDecoder(table: name)
        var result = Diagnosed(failure: nil)
        var limits = Netlink.Limits()
        limits.bytes = tableBytes
        let answer = Netlink.ask(
            .socketDiagnosis, name.diagnosisRequest, what: "netlink \(name.rawValue)", limits: limits,
            began: { _ in
                result.sockets.removeAll(keepingCapacity: true)
                result.unparsed = 0
            },
            { _, message in
                if result.sockets.count == limit || (result.sockets.count % 4_096 == 4_095 && isCancelled()) {
                    return false
                }
                if let socket = decoder.decode(message) {
                    result.sockets.append(socket)
                } else {
                    result.unparsed += 1
                }
                return true
            })
        result.failure = answer.failure
        result.isGood = answer.failure == nil
        result.unparsed += answer.malformed
        result.isTruncated = answer.isTruncated || answer.isInconsistent
        return result
    }

    // MARK: procfs

    private func readText(
        _ process: borrowing AnchoredDirectory, _ name: SocketTableName, _ limit: Int, fallback: HostError?,
        into reading: inout Reading
    ) {
        // A table of which there is no text, and a kernel that has no such sockets: nothing is missing.
        guard name != .vsock else { return }
        var parser = SocketTableParser(name: name, limit: max(0, limit - reading.sockets.count))
        var isCut = false
        do {
            let net = try process.directory("net")
            let file = try net.regularFile(name.rawValue)
            isCut = try read(file, into: &parser, path: net.path(of: name.rawValue))
        } catch {
            // A table that is not there belongs to a protocol that this kernel does not have.
            if error.code == .notFound { return }
            reading.failures.append(error)
            if parser.isEmpty { return }
            isCut = true
        }
        let table = parser.finish()
        reading.sockets += table.sockets
        var summary = SocketTableSummary(
            name: name, count: table.sockets.count, unparsedLines: table.unparsedLines,
            unparsedSamples: table.unparsedSamples, isTruncated: table.isTruncated || isCut)
        summary.fallback = fallback
        reading.tables.append(summary)
    }

    /// Streams a table into its parser; true if it was cut off.
    private func read(
        _ file: borrowing OwnedDescriptor, into parser: inout SocketTableParser, path: RawText
    ) throws(HostError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while !parser.isFull, !isCancelled() {
            let number = file.rawValue
            // Typed throws do not pass through `withUnsafeMutableBytes` on every toolchain, so the result does.
            let result = buffer.withUnsafeMutableBytes { bytes -> Result<Int, HostError> in
                SystemRead.read(number, into: bytes, path: path)
            }
            let count = try result.get()
            if count == 0 { return false }
            parser.push(buffer.span.extracting(0..<count))
            total += count
            if total >= tableBytes { return true }
        }
        return true
    }
}
