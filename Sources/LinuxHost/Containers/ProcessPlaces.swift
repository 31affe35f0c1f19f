/// Where every process of the host stands among control groups, as of one pass over procfs.
struct ProcessPlaces: Sendable {
    /// By ascending pid.
    private(set) var pids: [(pid: Int32, place: Int)] = []
    /// Places of which there are few: most processes share theirs.
    private(set) var places: [[ControlGroupPath]] = []
    private(set) var isCancelled = false

    init(_ proc: ProcFileSystem, _ failures: inout FailureLog) throws(HostError) {
        var known: [[ControlGroupPath]: Int] = [:]
        var texts: [[UInt8]: Int] = [:]
        for pid in try proc.processIDs() {
            if Task.isCancelled {
                isCancelled = true
                return
            }
            do throws(HostError) {
                let text = try Self.text(try proc.process(pid))
                if let place = texts[text] {
                    pids.append((pid, place))
                    continue
                }
                let paths = ControlGroupPath.all(ControlGroup.parse(text))
                let place = known[paths] ?? places.count
                if place == places.count {
                    known[paths] = place
                    places.append(paths)
                }
                texts[text] = place
                pids.append((pid, place))
            } catch {
                if error.code != .vanished { failures.record(error) }
            }
        }
    }

    /// Of one process, by the directory that stands for it.
    static func paths(_ process: borrowing AnchoredDirectory) throws(HostError) -> [ControlGroupPath] {
        ControlGroupPath.all(ControlGroup.parse(try text(process)))
    }

    private static func text(_ process: borrowing AnchoredDirectory) throws(HostError) -> [UInt8] {
        var buffer: [UInt8] = []
        do throws(HostError) {
            _ = try process.read("cgroup", limit: 65_536, into: &buffer)
        } catch {
            throw error.asVanished
        }
        return buffer
    }
}
