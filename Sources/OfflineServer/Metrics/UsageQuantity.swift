/// Quantities as Kubernetes writes them, which prints every one in its shortest form.
///
/// Source: k8s.io/apimachinery, pkg/api/resource/quantity.go, `CanonicalizeBytes`.
enum UsageQuantity {
    /// Of nanocores: `28513445n`; `5m` for 5,000,000.
    static func cpu(nanocores: Int64) -> String {
        shortest(nanocores, by: 1_000, ["n", "u", "m", "", "k", "M", "G"])
    }

    /// Of bytes: `13376Ki`; `16Mi` for 16,777,216.
    static func memory(bytes: Int64) -> String {
        shortest(bytes, by: 1_024, ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])
    }

    private static func shortest(_ number: Int64, by factor: Int64, _ suffixes: [String]) -> String {
        guard number != 0 else { return "0" }
        var (number, index) = (number, 0)
        while number % factor == 0, index + 1 < suffixes.count {
            number /= factor
            index += 1
        }
        return "\(number)\(suffixes[index])"
    }
}
