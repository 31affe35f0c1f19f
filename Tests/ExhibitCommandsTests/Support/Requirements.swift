import Foundation
import Testing

/// What tests of this target need from their surroundings. With `CI=true` nothing is skipped: what is missing fails the test.
enum Requirements {
    static let environment = ProcessInfo.processInfo.environment
    static let isContinuousIntegration = environment["CI"] == "true"

    /// `EXHIBIT_BINARY`, else a build of the checkout.
    static let binary: String? = {
        if let path = environment["EXHIBIT_BINARY"], !path.isEmpty { return path }
        let checkout = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(
            separator: "/")
        return ["release", "debug"].map { "\(checkout)/.build/\($0)/exhibit" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// `EXHIBIT_TEST_KUBECONFIG`: the test cluster's administrator.
    static let kubeconfig: String? = environment["EXHIBIT_TEST_KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }

    /// `EXHIBIT_TEST_SERVICES`: the namespace of what `Scripts/test-cluster services` made.
    static let services: String? = environment["EXHIBIT_TEST_SERVICES"].flatMap { $0.isEmpty ? nil : $0 }

    /// `EXHIBIT_TEST_WEB_SERVICES`: the namespace of its services that are asked over HTTP.
    static let web: String? = environment["EXHIBIT_TEST_WEB_SERVICES"].flatMap { $0.isEmpty ? nil : $0 }

    /// `EXHIBIT_TEST_AGENT_IMAGE`: the image of the node agent, of the program that is tested.
    static let agentImage: String? = environment["EXHIBIT_TEST_AGENT_IMAGE"].flatMap { $0.isEmpty ? nil : $0 }

    /// `EXHIBIT_BAGIT`, else a `bagit.py` in the path.
    static let bagit: String? =
        environment["EXHIBIT_BAGIT"].flatMap { $0.isEmpty ? nil : $0 }
        ?? (Tool.isInstalled("bagit.py") ? "bagit.py" : nil)

    /// `EXHIBIT_RELEASE_BINARY`: what `Scripts/release` made.
    static let release: String? = environment["EXHIBIT_RELEASE_BINARY"].flatMap { $0.isEmpty ? nil : $0 }

    static func mayRun(_ isThere: Bool) -> Bool { isThere || isContinuousIntegration }
}

extension Trait where Self == ConditionTrait {
    static var needsBinary: Self {
        .enabled(
            if: Requirements.mayRun(Requirements.binary != nil),
            "no exhibit to test: build it, or name one in EXHIBIT_BINARY")
    }

    /// Also skipped in continuous integration: a release is a second build of everything, which takes minutes.
    static var needsRelease: Self {
        .enabled(
            if: Requirements.release != nil,
            "no release to test: make it with Scripts/release, and name the file in EXHIBIT_RELEASE_BINARY")
    }

    static var needsCluster: Self {
        .enabled(
            if: Requirements.mayRun(Requirements.kubeconfig != nil),
            "no cluster: EXHIBIT_TEST_KUBECONFIG is not set (Scripts/test sets it)")
    }

    static var needsAgentImage: Self {
        .enabled(
            if: Requirements.mayRun(Requirements.agentImage != nil),
            "no image of the node agent: EXHIBIT_TEST_AGENT_IMAGE is not set (Scripts/test sets it)")
    }

    static func needsTool(_ name: String) -> Self {
        .enabled(if: Requirements.mayRun(Tool.isInstalled(name)), "\(name) is not installed")
    }

    static var needsBagIt: Self {
        .enabled(
            if: Requirements.mayRun(Requirements.bagit != nil),
            "no bagit.py: name one in EXHIBIT_BAGIT (Scripts/setup --tests)")
    }

    /// Mounting a small file system is how a disk becomes full.
    static var needsMounting: Self {
        .enabled("mounting a small file system needs root and CAP_SYS_ADMIN") {
            try await SmallDisk.isPossible() || Requirements.isContinuousIntegration
        }
    }
}
