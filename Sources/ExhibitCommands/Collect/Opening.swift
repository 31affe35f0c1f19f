internal import Archive
internal import Bundle
internal import BundleFormat
internal import CollectorSteps
internal import Glibc
internal import LinuxHost
internal import StructuredText

/// Builds what the bundle says of itself before anything is captured (format.md 4.1).
struct Opening {
    let targets: TargetFlags
    let specifications: [TargetSpecification]
    let caseFlags: CaseFlags
    let capture: CaptureFlags
    let profile: String
    /// Values of collectors' parameters.
    let parameters: [String: [String: String]]
    let maxSize: UInt64?
    let operatorName: String?
    /// Time stamp authorities that will be asked.
    let timestampURLs: [String]
    let cluster: OpeningRecord.Cluster?
    let clusterOrigin: Int64

    func record() throws -> OpeningRecord {
        let wall = Self.read(CLOCK_REALTIME)
        let name = Self.folderName(specifications, targets, caseID: caseFlags.caseID, wall: wall)
        var record = OpeningRecord(
            folder: FolderName(source: name), started: .init(wall: wall, boottime: clusterOrigin),
            tool: ToolIdentity.tool)
        let identity = SystemReader(proc: try ProcFileSystem()).read()
        record.caseRecord = .init(
            id: caseFlags.caseID, evidence: caseFlags.evidence,
            operator: operatorName ?? OperatorName.current(host: identity.hostname),
            purpose: caseFlags.purpose, authorisation: caseFlags.authorisation)
        record.invocation = Array(CommandLine.arguments.dropFirst())
        record.targets = specifications.map(\.text) + targets.containers.map { "container/\($0)" }
        record.profile = profile
        record.parameters = parameters
        record.touch = cluster == nil ? .none : OpeningRecord.Touch(rawValue: capture.touch.rawValue) ?? .exec
        record.cluster = cluster
        record.host = .init(
            hostname: identity.hostname, machine: identity.machineID, boot: identity.bootID,
            kernel: identity.kernelRelease)
        record.clock = identity.clock.map {
            .init(
                synchronized: !$0.isUnsynchronised, estimatedErrorMicroseconds: $0.estimatedErrorMicroseconds,
                maximumErrorMicroseconds: $0.maximumErrorMicroseconds)
        }
        record.limits = [
            "deadlineSeconds": JSONValue(capture.deadline.components.seconds),
            "concurrency": JSONValue(capture.concurrency),
        ]
        if let qps = capture.qps { record.limits["requestsPerSecond"] = JSONValue(qps) }
        if let since = capture.since { record.limits["sinceSeconds"] = JSONValue(since.components.seconds) }
        if let sampling = capture.sampling {
            record.limits["sampleSeconds"] = JSONValue(sampling.length.components.seconds)
        }
        if let maxSize { record.limits["maxBytes"] = JSONValue(maxSize) }
        if !timestampURLs.isEmpty {
            record.limits["timestampAuthorities"] = .array(timestampURLs.map { .string($0) })
        }
        if let tail = capture.tail { record.limits["tailLines"] = JSONValue(tail) }
        return record
    }

    /// `exhibit-CASE-TARGET-20261121T031415Z`
    private static func folderName(
        _ specifications: [TargetSpecification], _ flags: TargetFlags, caseID: String?, wall: Int64
    ) -> String {
        let named = specifications.map { specification in
            switch specification {
            case .host: "host"
            case .cluster: "cluster"
            case .namespace(let name), .pod(let name), .workload(_, let name): name
            case .selector: flags.namespace ?? "selector"
            }
        }
        let target = (named + flags.containers).joined(separator: "-")
        let time = Timestamp.text(wall).prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
        let parts = ["exhibit", caseID, String(target.prefix(60)), String(time)].compactMap { $0 }
        let plain = parts.joined(separator: "-").unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || scalar == "-" || scalar == "." || scalar == "_" ? Character(scalar) : "_"
        }
        return String(plain)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Where the bundle is written.
enum OutputPath {
    /// - Parameter out: as given: a file, a folder (ending in `/` or existing), or nil for the current folder.
    static func resolve(_ out: String?, folder: FolderName, isEncrypted: Bool) -> String {
        let name = folder.rawValue + BundleFileName(container: .tarZstd, isEncrypted: isEncrypted).suffix
        guard let out, !out.isEmpty else { return name }
        guard isFolder(out) else { return out }
        return out.hasSuffix("/") ? out + name : out + "/" + name
    }

    /// Where spools go when the bundle itself has no folder.
    static var temporaryFolder: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    /// Whether it means a folder: it ends in `/`, or is one.
    static func isFolder(_ out: String) -> Bool {
        var status = stat()
        return out.hasSuffix("/") || (stat(out, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
    }
}
