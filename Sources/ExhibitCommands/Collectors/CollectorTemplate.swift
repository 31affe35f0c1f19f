internal import ArgumentParser
internal import Collection
internal import CollectorSteps

/// First drafts of definitions, one for each scope that has step kinds.
enum CollectorTemplate: String, ExpressibleByArgument, CaseIterable {
    case container, pod, namespace, cluster, node, host, local

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
        case .pod: "What it captures of pods, in a sentence: this comment is what others read first."
        case .namespace: "Which objects of a namespace it captures, in a sentence."
        case .cluster: "Which objects without a namespace it captures, in a sentence."
        case .node: "What it asks the kubelets of nodes for, in a sentence."
        case .host: "What it captures of the host, in a sentence."
        case .local: "What it runs or asks from the machine that exhibit runs on, in a sentence."
        }
    }

    private func body(_ name: String) -> String {
        switch self {
        case .container: Self.container(name)
        case .pod: Self.pod(name)
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
        case .node:
            """
            # Once for each node that pods of the target are on.
            scope: node
            # Lower is captured first: 3 for what changes by the minute.
            volatility: 3
            steps:
              # There are: \(StepRegistry.kinds.names(of: .node).joined(separator: ", ")).
              - metrics: {}
                # Beyond these the step is cut off, and what it brought until then is kept.
                limits: {timeout: 20s, bytes: 16MiB}

            """
        case .local:
            """
            # On the machine that exhibit runs on, and only when it is named: --with \(name).
            scope: local
            # Lower is captured first; what is on this machine does not go away.
            volatility: 9
            # What whoever runs it gives: --set \(name).host=VALUE. Secrets are no parameters: name an environment variable in env.
            parameters:
              host: {type: text, title: WHICH HOST, default: localhost}
            steps:
              # A program and its arguments, each an item of its own; no shell is put around it. A parameter fills a whole item.
              - command: {argv: [getent, ahosts, {parameter: host}], env: []}
                # The file in the bundle: local/\(name)/addresses.txt
                output: addresses.txt
                # Beyond these the step is cut off, and what it brought until then is kept.
                limits: {timeout: 10s, bytes: 64KiB}

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

    private static func pod(_ name: String) -> String {
        """
        # Once for each pod of the target, in one of the containers that select picks: for what is the same in all of them, as
        # the network is.
        scope: pod
        # Each line alone is enough, as in scope container. Without select it is for every pod.
        select:
          labels: {app: \(name)}
        # Lower is captured first: 1 and 2 for what changes by the second, 3 for the state of a service.
        volatility: 3
        steps:
          # A command, run in the container; each argument is an item of its own, and no shell is put around it.
          - exec: {argv: [cat, /proc/net/route]}
            # The file in the bundle: namespaces/NAMESPACE/pods/POD/CONTAINER/services/\(name)/route.txt
            output: route.txt
            # Beyond these the step is cut off, and what it brought until then is kept.
            limits: {timeout: 10s, bytes: 1MiB}

        """
    }
}
