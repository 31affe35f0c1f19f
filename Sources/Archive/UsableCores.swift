import Glibc

extension ContainerOptions {
    /// Cores of this machine that are worth using, at most 4: that is 1 GB/s, more than the rest of a capture or a
    /// digest on the reading side can do, and each costs the memory of a frame.
    public static var usableCores: Int {
        min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 4)
    }
}
