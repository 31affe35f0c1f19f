internal import CMemory
import ExhibitCommands

/// The executable: everything it does is in ExhibitCommands.
@main
struct Program {
    static func main() async {
        keepMemoryLow()
        await ExhibitCommand.start()
    }

    /// Large buffers are given back when they are freed. Otherwise glibc raises its own thresholds with each that is freed, and
    /// keeps them for reuse, in as many arenas as there are threads. Source: mallopt(3).
    private static func keepMemoryLow() {
        mallopt(M_MMAP_THRESHOLD, 256 << 10)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }
}
