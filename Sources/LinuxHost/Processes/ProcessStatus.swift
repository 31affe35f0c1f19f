/// What `/proc/<pid>/status` says beyond ``ProcessStat`` (fs/proc/array.c `proc_pid_status`). Members are nil where the
/// kernel does not print them.
public struct ProcessStatus: Hashable, Sendable {
    /// Real, effective, saved and file system user ids.
    public var uids: [UInt32] = []
    /// Real, effective, saved and file system group ids.
    public var gids: [UInt32] = []
    /// Supplementary groups.
    public var groups: [UInt32] = []
    /// The process's pid in each nested pid namespace, the outermost first: the last is what a container sees.
    public var namespacePIDs: [Int32] = []
    /// The process that traces it, 0 if none.
    public var tracer: Int32?
    /// The file mode mask.
    public var umask: UInt32?
    /// Resident, peak resident and virtual memory, in KiB; nil for kernel threads.
    public var residentKiB: UInt64?
    public var peakResidentKiB: UInt64?
    public var virtualKiB: UInt64?
    public var inheritable: CapabilitySet?
    public var permitted: CapabilitySet?
    public var effective: CapabilitySet?
    public var bounding: CapabilitySet?
    public var ambient: CapabilitySet?
    /// Whether it may gain no privileges by `execve`.
    public var noNewPrivileges: Bool?
    /// 0 off, 1 strict, 2 filter.
    public var seccompMode: UInt32?
    /// How many seccomp filters are attached.
    public var seccompFilters: UInt32?

    /// Reads the text. What is missing or not understood stays nil: nothing here is fatal.
    ///
    /// The process's name cannot forge a line: the kernel escapes line feeds in it. Were one to appear twice all the
    /// same, the first counts.
    public init(_ bytes: [UInt8]) {
        var seen: Set<String> = []
        var assembler = LineAssembler()
        var lines: [(String, [UInt8])] = []
        func take(_ span: Span<UInt8>, _ range: Range<Int>) {
            var colon = range.lowerBound
            while colon < range.upperBound, span[colon] != UInt8(ascii: ":") { colon += 1 }
            guard colon < range.upperBound, lines.count < 256 else { return }
            let key = String(decoding: copy(span, range.lowerBound..<colon), as: UTF8.self)
            if seen.insert(key).inserted { lines.append((key, copy(span, colon + 1..<range.upperBound))) }
        }
        assembler.push(bytes.span, line: take)
        _ = assembler.finish(line: take)
        for (key, value) in lines { set(key, value) }
    }

    private mutating func set(_ key: String, _ value: [UInt8]) {
        let span = value.span
        var cursor = FieldCursor(0..<value.count)
        switch key {
        case "Uid": uids = Self.numbers(value)
        case "Gid": gids = Self.numbers(value)
        case "Groups": groups = Self.numbers(value)
        case "NSpid": namespacePIDs = Self.numbers(value)
        case "TracerPid": tracer = cursor.decimalField(span).flatMap(Int32.init(exactly:))
        case "Umask":
            umask = cursor.field(span).flatMap { UInt32(String(decoding: value[$0], as: UTF8.self), radix: 8) }
        case "VmRSS": residentKiB = cursor.decimalField(span)
        case "VmHWM": peakResidentKiB = cursor.decimalField(span)
        case "VmSize": virtualKiB = cursor.decimalField(span)
        case "CapInh": inheritable = cursor.hexadecimalField(span).map(CapabilitySet.init(mask:))
        case "CapPrm": permitted = cursor.hexadecimalField(span).map(CapabilitySet.init(mask:))
        case "CapEff": effective = cursor.hexadecimalField(span).map(CapabilitySet.init(mask:))
        case "CapBnd": bounding = cursor.hexadecimalField(span).map(CapabilitySet.init(mask:))
        case "CapAmb": ambient = cursor.hexadecimalField(span).map(CapabilitySet.init(mask:))
        case "NoNewPrivs": noNewPrivileges = cursor.decimalField(span).map { $0 != 0 }
        case "Seccomp": seccompMode = cursor.decimalField(span).flatMap(UInt32.init(exactly:))
        case "Seccomp_filters": seccompFilters = cursor.decimalField(span).flatMap(UInt32.init(exactly:))
        default: break
        }
    }

    private static func numbers<Number: FixedWidthInteger>(_ value: [UInt8]) -> [Number] {
        var cursor = FieldCursor(0..<value.count)
        var numbers: [Number] = []
        while let number = cursor.decimalField(value.span).flatMap({ Number(exactly: $0) }) { numbers.append(number) }
        return numbers
    }
}
