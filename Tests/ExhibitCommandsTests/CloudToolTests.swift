import Foundation
import Testing

/// The collectors that ask a cloud by its own tool: `aws` by the real one against a real server that answers as AWS would
/// (moto), and `wrangler` where there is none.
@Suite(.needsBinary)
struct CloudToolTests {
    private static let credentials = [
        "AWS_ACCESS_KEY_ID": "AKIAEXHIBIT", "AWS_SECRET_ACCESS_KEY": "open-sesame-123",
        // Nobody else is asked, whatever this machine has.
        "AWS_EC2_METADATA_DISABLED": "true",
    ]

    @discardableResult
    private static func aws(_ arguments: [String], _ port: Int) async throws -> String {
        try await Tool.run(
            "aws", arguments + ["--region", "eu-central-1", "--endpoint-url", "http://127.0.0.1:\(port)"],
            environment: credentials
        ).text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func withAWS(_ body: (_ port: Int) async throws -> Void) async throws {
        try await LocalService.with(["moto_server", "-H", "127.0.0.1", "-p", "0"]) { port in try await body(port) }
    }

    private func names(_ object: [String: Any], _ list: String, _ name: String) throws -> [String] {
        let items = try #require(object[list] as? [[String: Any]])
        return items.compactMap { $0[name] as? String }
    }

    @Test(.needsTool("aws"), .needsTool("moto_server"))
    func anAccountAtAWSIsDescribed() async throws {
        try await Self.withAWS { port in
            try await Self.aws(["ec2", "run-instances", "--image-id", "ami-12345678", "--count", "2"], port)
            try await Self.aws(
                [
                    "s3api", "create-bucket", "--bucket", "evidence", "--create-bucket-configuration",
                    "LocationConstraint=eu-central-1",
                ], port)
            try await Self.aws(
                [
                    "cloudwatch", "put-metric-alarm", "--alarm-name", "disk-full", "--evaluation-periods", "1",
                    "--comparison-operator", "GreaterThanThreshold", "--metric-name", "m", "--namespace", "n",
                    "--period",
                    "60", "--statistic", "Sum", "--threshold", "1",
                ], port)
            try await Self.aws(
                [
                    "cloudwatch", "set-alarm-state", "--alarm-name", "disk-full", "--state-value", "ALARM",
                    "--state-reason", "x",
                ], port)
            try await Self.aws(
                [
                    "rds", "create-db-instance", "--db-instance-identifier", "orders", "--engine", "postgres",
                    "--db-instance-class", "db.t3.micro", "--allocated-storage", "20", "--master-username", "owner",
                    "--master-user-password", "never-shown-1",
                ], port)
            try await Self.aws(
                [
                    "eks", "create-cluster", "--name", "prod", "--role-arn", "arn:aws:iam::123456789012:role/eks",
                    "--resources-vpc-config", "subnetIds=subnet-1",
                ], port)

            let environment = Self.credentials.merging(
                ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)"], uniquingKeysWith: { $1 })
            let arguments = [
                "--with", "aws", "--with", "aws-eks", "--set", "aws.region=eu-central-1", "--set",
                "aws-eks.region=eu-central-1", "--set", "aws-eks.cluster=prod",
            ]
            try await LocalBundle.with([:], arguments, environment: environment) { bundle in
                #expect(Exhibit.Code.sealed.contains(bundle.outcome.status), "\(bundle.outcome.summary)")
                let states = try await bundle.states("aws")
                #expect(states.count == 19 && states.values.allSatisfy { $0 == "ok" }, "\(states)")
                #expect(try await bundle.text("local/aws/version.txt").hasPrefix("aws-cli/"))
                #expect(try await bundle.object("local/aws/caller.json")["Account"] as? String == "123456789012")
                let reservations = try #require(
                    try await bundle.object("local/aws/instances.json")["Reservations"] as? [[String: Any]])
                #expect(reservations.flatMap { $0["Instances"] as? [[String: Any]] ?? [] }.count == 2)
                #expect(try names(try await bundle.object("local/aws/buckets.json"), "Buckets", "Name") == ["evidence"])
                let alarms = try await bundle.object("local/aws/alarms.json")
                #expect(try names(alarms, "MetricAlarms", "AlarmName") == ["disk-full"])
                let databases = try await bundle.object("local/aws/db-instances.json")
                #expect(try names(databases, "DBInstances", "DBInstanceIdentifier") == ["orders"])
                #expect(try await bundle.object("local/aws/eks-clusters.json")["clusters"] as? [String] == ["prod"])

                let cluster = try await bundle.object("local/aws-eks/cluster.json")["cluster"] as? [String: Any]
                #expect(cluster?["name"] as? String == "prod")
                let eks = try await bundle.states("aws-eks")
                #expect(eks["command cluster.json"] == "ok" && eks["command nodegroups.json"] == "ok", "\(eks)")

                for secret in ["open-sesame-123", "never-shown-1"] {
                    #expect(try !bundle.holds(secret), "the environment of a program is no evidence")
                }
                let custody = try await bundle.lines("meta/custody.jsonl").filter {
                    $0["action"] as? String == "command"
                }
                #expect(custody.count == states.count + eks.count)
            }
        }
    }

    /// What `aws` has many of, one by its name: rows of what the real tool printed.
    @Test(.needsTool("aws"), .needsTool("moto_server"))
    func oneThingOfManyIsDescribed() async throws {
        try await Self.withAWS { port in
            let environment = Self.credentials.merging(
                ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)"], uniquingKeysWith: { $1 })
            func run(_ name: String, _ set: [String], expecting code: Int32 = Exhibit.Code.ok) async throws
                -> CollectorTrial
            {
                let values = (["region=eu-central-1"] + set).flatMap { ["--set", "\(name).\($0)"] }
                return try await CollectorTrial.run([name] + values, environment: environment, expecting: code)
            }
            let network = try await Self.aws(
                ["ec2", "describe-vpcs", "--query", "Vpcs[0].VpcId", "--output", "text"], port)
            let group = try await Self.aws(
                [
                    "elbv2", "create-target-group", "--name", "web", "--protocol", "HTTP", "--port", "80",
                    "--target-type", "ip", "--vpc-id", network, "--query", "TargetGroups[0].TargetGroupArn",
                    "--output", "text",
                ], port)
            try await Self.aws(
                ["elbv2", "register-targets", "--target-group-arn", group, "--targets", "Id=10.0.0.1"], port)
            let health = try await run("aws-target-health", ["target-group=\(group)"]).table("aws_target_health")
            #expect(health.rows == 1 && health.isWhole && health.cells("target") == ["10.0.0.1"])
            #expect(health.cells("state").first??.isEmpty == false)

            try await Self.aws(
                [
                    "cloudwatch", "put-metric-data", "--namespace", "Shop/RDS", "--metric-name", "ReplicaLag",
                    "--dimensions", "DBInstanceIdentifier=orders", "--value", "1.5", "--unit", "Seconds",
                    "--timestamp", "2026-11-29T08:00:30Z",
                ], port)
            let asked = [
                "metric-namespace=Shop/RDS", "metric=ReplicaLag", "dimension=Name=DBInstanceIdentifier,Value=orders",
                "start=2026-11-29T08:00:00Z", "end=2026-11-29T09:00:00Z",
            ]
            let points = try await run("aws-metric", asked).table("aws_datapoints")
            #expect(points.rows == 1 && points.isWhole && points.cells("maximum") == ["1.5"])

            try await Self.aws(
                [
                    "s3api", "create-bucket", "--bucket", "evidence", "--create-bucket-configuration",
                    "LocationConstraint=eu-central-1",
                ], port)
            for key in ["a.txt", "datasets/1/x", "datasets/1/y"] {
                try await Self.aws(["s3api", "put-object", "--bucket", "evidence", "--key", key], port)
            }
            let bucket = try await run("aws-bucket", ["bucket=evidence"], expecting: Exhibit.Code.collectorFailed)
            #expect(try bucket.table("aws_bucket_objects").rows == 3)
            #expect(try bucket.table("aws_bucket_location").cells("location") == ["eu-central-1"])
            #expect(
                bucket.states["command objects.json"] == "ok" && bucket.states["command versioning.json"] == "empty")
            let cors = try #require(bucket.attempts.first { $0.step == "command cors.json" })
            #expect(cors.state == "error" && cors.reason?.contains("NoSuchCORSConfiguration") == true)
            let one = ["bucket=evidence", "prefix=datasets/", "most=1"]
            let objects = try await run("aws-objects", one).table("aws_objects")
            #expect(objects.isWhole && objects.cells("object_key") == ["datasets/1/x"])
        }
    }

    /// Names are plain, though JSON has them in quotes. Add-ons and access entries moto does not answer.
    @Test(.needsTool("aws"), .needsTool("moto_server"))
    func namesOfAClustersPartsAreRows() async throws {
        try await Self.withAWS { port in
            let role = "arn:aws:iam::123456789012:role/eks"
            try await Self.aws(
                [
                    "eks", "create-cluster", "--name", "my-cluster", "--role-arn", role, "--resources-vpc-config",
                    "subnetIds=subnet-1",
                ], port)
            let cluster = ["--cluster-name", "my-cluster"]
            for name in ["workers", "spot_1"] {
                let rest = ["--nodegroup-name", name, "--subnets", "subnet-1", "--node-role", role]
                try await Self.aws(["eks", "create-nodegroup"] + cluster + rest, port)
            }
            let profile = ["--fargate-profile-name", "batch", "--pod-execution-role-arn", role]
            try await Self.aws(
                ["eks", "create-fargate-profile"] + cluster + profile
                    + ["--selectors", "namespace=x", "--subnets", "subnet-1"], port)
            let environment = Self.credentials.merging(
                ["AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)"], uniquingKeysWith: { $1 })
            let values = ["--set", "aws-eks.region=eu-central-1", "--set", "aws-eks.cluster=my-cluster"]
            let eks = try await CollectorTrial.run(
                ["aws-eks"] + values, environment: environment, expecting: Exhibit.Code.collectorFailed)
            let groups = try eks.table("aws_eks_nodegroups")
            #expect(groups.isWhole && Set(groups.cells("name")) == ["workers", "spot_1"])
            #expect(try eks.table("aws_eks_fargate_profiles").cells("name") == ["batch"])
            #expect(try eks.table("aws_eks_cluster").cells("name") == ["my-cluster"])
            let account = try await CollectorTrial.run(
                ["aws", "--set", "aws.region=eu-central-1"], environment: environment)
            #expect(try account.table("aws_eks_clusters").cells("name") == ["my-cluster"])
        }
    }

    /// Nobody answers: each step says so, in the tool's own words.
    @Test(.needsTool("aws"))
    func anAWSThatDoesNotAnswerIsALedgerLine() async throws {
        let environment = Self.credentials.merging(
            ["AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"], uniquingKeysWith: { $1 })
        let definition = """
            apiVersion: exhibit/v1
            kind: Collector
            metadata: {name: aws, title: x}
            scope: local
            volatility: 9
            parameters: {region: {type: text, title: x}}
            steps:
              - command:
                  argv: [aws, sts, get-caller-identity, --region, {parameter: region}]
                  env: [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS]
                output: caller.json

            """
        try await LocalBundle.with(
            ["aws.yaml": definition], ["--with", "aws", "--set", "aws.region=eu-central-1"], environment: environment
        ) { bundle in
            #expect(bundle.outcome.status == Exhibit.Code.sealedWithGaps, "\(bundle.outcome.summary)")
            let state = try await bundle.states("aws")["command caller.json"]
            #expect(state?.hasPrefix("error: aws exited with") == true, "\(state ?? "")")
            #expect(try !bundle.holds("open-sesame-123"))
        }
    }

    /// A program that stands in for the tool, which never ends: the limit ends it, and what it printed is kept.
    @Test
    func aTailIsEndedByItsLimitAndKept() async throws {
        try await Scratch.withFolder { folder in
            let program = folder + "/wrangler"
            try Files.write("#!/bin/sh\necho \"$*\"\nexec sleep 600\n", to: program)
            chmod(program, 0o755)
            let short = """
                apiVersion: exhibit/v1
                kind: Profile
                metadata: {name: short, title: x}
                collectors: [host-mounts]
                limits: {stepTimeout: 2s}

                """
            let arguments = ["--profile", "short", "--with", "wrangler-tail", "--set", "wrangler-tail.worker=shop"]
            try await LocalBundle.with(
                ["profiles/short.yaml": short], arguments, environment: ["PATH": folder + ":" + Tool.path]
            ) { bundle in
                #expect(bundle.outcome.status == Exhibit.Code.sealedWithGaps, "\(bundle.outcome.summary)")
                let state = try await bundle.states("wrangler-tail")["command tail.txt"]
                #expect(state?.hasPrefix("timeout") == true, "\(state ?? "")")
                #expect(try await bundle.text("local/wrangler-tail/tail.txt") == "tail shop --format json\n")
            }
        }
    }

    @Test(arguments: [
        ("wrangler", "worker=shop", 7), ("wrangler-tail", "worker=shop", 1), ("wrangler-kv", "namespace=0f2ac7", 1),
        ("wrangler-r2", "bucket=videos", 1),
    ])
    func whereThereIsNoWranglerItIsMissing(_ name: String, _ value: String, _ count: Int) async throws {
        try await Scratch.withFolder { empty in
            let arguments = ["--with", name, "--set", "\(name).\(value)"]
            try await LocalBundle.with([:], arguments, environment: ["PATH": empty]) { bundle in
                #expect(bundle.outcome.status == Exhibit.Code.sealedWithGaps, "\(bundle.outcome.summary)")
                let states = try await bundle.states(name)
                #expect(states.count == count)
                #expect(states.values.allSatisfy { $0.hasPrefix("missing: ") }, "\(states)")
                let actions = try await bundle.lines("meta/custody.jsonl").map { $0["action"] as? String }
                #expect(actions == ["opened", "closed"], "what was not run is not in custody")
            }
        }
    }
}
