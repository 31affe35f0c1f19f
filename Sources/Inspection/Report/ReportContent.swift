/// What a report tells of a capture: bounded, whatever the capture's size, and what was left out counted.
public struct ReportContent: Sendable {
    /// Facts of the capture, as its table `bundle` has them.
    public internal(set) var facts: [String: String] = [:]
    public internal(set) var findings = Findings()
    public internal(set) var gaps: ReportTable
    public internal(set) var problems: ReportTable
    /// Files that were not what was captured.
    public internal(set) var damage: [Damage.File] = []
    public internal(set) var damageCount = 0
    /// Nil where nothing has a time.
    public internal(set) var histogram: TimeHistogram?
    /// Why there is none all the same.
    public internal(set) var histogramFailure: String?
    public internal(set) var timeline: ReportTable
    public internal(set) var pods: ReportTable
    public internal(set) var podCount = 0
    public internal(set) var workloads: ReportTable
    public internal(set) var nodes: ReportTable
    public internal(set) var restarts: ReportTable
    public internal(set) var logErrors = LogErrors()
    public internal(set) var logCount = 0
    public internal(set) var connections = ConnectionGraph()
    public internal(set) var processes: ReportTable
    public internal(set) var processCount = 0
    public internal(set) var files: ReportTable
    public internal(set) var actions: ReportTable
    public internal(set) var custody: ReportTable
    public internal(set) var collectors: ReportTable
}
