internal import CMemory

/// The memory of this program itself.
public enum OwnMemory {
    /// Buffers of a megabyte and more are given back when they are freed; smaller ones, through which all that is received goes, are
    /// used again, since fresh memory costs about as much as what is put into it. Otherwise glibc raises its own thresholds with each
    /// that is freed, and keeps them all, in as many arenas as there are threads. To be called before anything else; where the C
    /// library does not take it, memory is used as ever. Source: mallopt(3).
    public static func giveBackEarly() {
        _ = mallopt(M_MMAP_THRESHOLD, 1 << 20)
        _ = mallopt(M_TRIM_THRESHOLD, 4 << 20)
    }
}
