internal import CMemory

/// How this program looks up names of hosts and users.
public enum NameServices {
    /// A program that no loader started has its C library in itself, and the modules of the machine's nsswitch.conf are for
    /// another: the first that is loaded, such as `libnss_myhostname.so.2`, ends the program. So it asks only what is built in:
    /// /etc/hosts and DNS for hosts, /etc/passwd for users. To be called before the first lookup. Source: `nss/nsswitch.c` of
    /// glibc, getauxval(3).
    public static func needNoModules() {
        guard getauxval(UInt(AT_BASE)) == 0 else { return }
        _ = __nss_configure_lookup("hosts", "files dns")
        _ = __nss_configure_lookup("passwd", "files")
    }
}
