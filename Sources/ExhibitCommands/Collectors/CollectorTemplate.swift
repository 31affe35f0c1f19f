internal import ArgumentParser
internal import Collection
internal import CollectorSteps

/// First drafts of definitions, one for each scope that has step kinds.
enum CollectorTemplate: String, ExpressibleByArgument, CaseIterable {
    case container, namespace, cluster, host

    func text(name: String) -> String {
        """
        # \(comment)
        # Lines that begin with # are comments. Change what is in CAPITALS and whatever else does not fit, then run
        #   exhibit collectors lint \(name).yaml
        apiVersion: exhibit/v1
        kind: Collector
        metadata:
          # Its name is also that of the file: \(name).yaml.
          name: \(name)
          title: WHAT THIS CAPTURES
          # Where the reader of a bundle can look up what the output means.
          references: ["https://EXAMPLE.ORG/DOCUMENTATION"]

        """ + body(name)
    }

    private var comment: String {
        switch self {
        case .container: "What it captures in containers, in a sentence: this comment is what others read first."
        case .namespace: "Which objects of a namespace it captures, in a sentence."
        case .cluster: "Which objects without a namespace it captures, in a sentence."
        case .host: "What it captures of the host, in a sentence."
        }
    }

    private func body(_ name: String) -> String {
        switch self {
        case .container: Self.container(name)
        case .namespace:
            """
            # Once for each namespace of the target.
            scope: namespace
            # Lower is captured first; objects that stay as they are come late (6), events before them (4).
            volatility: 6
            steps:
              # Plural names, with their group behind a dot.
              - list: {resources: [resourcequotas, "networkpolicies.networking.k8s.io"]}
                # Beyond these the step is cut off, and what it brought until then is kept.
                limits: {timeout: 60s, bytes: 64MiB}

            """
        case .cluster:
            """
            # Once for the cluster.
            scope: cluster
            # Lower is captured first; objects that stay as they are come late.
            volatility: 7
            steps:
              # Plural names, with their group behind a dot.
              - list: {resources: ["storageclasses.storage.k8s.io"]}
                # Beyond these the step is cut off, and what it brought until then is kept.
                limits: {timeout: 60s, bytes: 64MiB}

            """
        case .host:
            """
            # Once for the machine that exhibit runs on (exhibit collect host).
            scope: host
            # Lower is captured first: 1 and 2 for what changes by the second (sockets, processes), then the rest.
            volatility: 6
            steps:
              # There are: \(StepRegistry.kinds.names(of: .host).joined(separator: ", ")).
              - mounts: {}
                # Beyond these the step is cut off, and what it brought until then is kept.
                limits: {timeout: 20s, bytes: 16MiB}

            """
        }
    }

    private static func container(_ name: String) -> String {
        """
        # Once for each container of the target that select picks.
        scope: container
        # Each line alone is enough. Images are compared without tag and digest; * is any text. Without select the commands
        # below are run in every container.
        select:
          image: ["\(name)", "*/\(name)"]
          # ports: [8080]                 # one that the container declares
          # labels: {app: \(name)}        # of the pod; it must have all that stand here
        # Lower is captured first: 1 and 2 for what changes by the second, 3 for the state of a service.
        volatility: 3
        steps:
          # A command, run in the container; each argument is an item of its own, and no shell is put around it.
          - exec: {argv: ["\(name)", "--VERSION"]}
            # The file in the bundle: namespaces/NAMESPACE/pods/POD/CONTAINER/services/\(name)/version.txt
            output: version.txt
            # Beyond these the step is cut off, and what it brought until then is kept.
            limits: {timeout: 10s, bytes: 1MiB}

        """
    }
}
