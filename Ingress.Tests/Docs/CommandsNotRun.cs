namespace Ingress.Tests.Docs;

/// <summary>The commands of the documentation that no test runs, with the reason, and what only looks like one.</summary>
internal static class CommandsNotRun
{
    /// <summary>Gets the commands with their reasons. Tests and files that a reason names exist.</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>()
    {
        ["dotnet test"] = "runs this",
        [".ci/run"] = "runs this, after installing what some tests drive",
        ["npx wscat -c ws://localhost:8080/ws"] = "a package from afar: FrameTests has the same conversation",
        ["docker compose up --build"] = "containers, with images from afar: deploy/check-stack runs it",
        ["deploy/check-stack"] = "containers",
        ["podman-compose stop -t 90"] = "containers",
        ["deploy/check-dashboards"] = "four minutes beside a real Prometheus",
        ["deploy/check-manifests"] = "packages and a schema from afar",
        ["deploy/check-traces-and-logs"] = "wants a Tempo and a Loki",
        ["kubectl create secret generic infra-ingress --from-literal=runpod-api-key=…"] = "wants a cluster",
        ["kubectl apply -f deploy/kubernetes/ingress.yaml"] = "wants a cluster: deploy/check-manifests checks the file",
        ["kubectl rollout restart deployment/infra-ingress"] = "wants a cluster",
        ["kill -9"] = "KilledProcessTests does so",
        ["pip install runpod"] = "RunPod's own package: its worker protocol is what 'worker' and WorkerProtocolTests speak",
        ["python handler.py"] = "the reader's own file",
        ["dotnet run --project Ingress.Api -- simulator"] = "'start-simulator' runs the same from the binary",
        ["dotnet publish Ingress.Api -c Release -o bin/at-run-time"] = "builds for a minute",
        ["dotnet publish Ingress.Api -c Release -p:PublishReadyToRun=true -o bin/ahead-of-time"] = "builds for a minute: the image is built so",
        ["dotnet run -c Release --project Ingress.Benchmarks -- start --rounds 10 --builds at-run-time=bin/at-run-time/Ingress.Api.dll,ahead-of-time=bin/ahead-of-time/Ingress.Api.dll"] =
            "measures for minutes: StartTests runs one start",
        ["dotnet run -c Release --project Ingress.Benchmarks -- load"] = "ten minutes: LoadTests runs its smallest part",
        ["dotnet run -c Release --project Ingress.Benchmarks -- latency"] = "measures for minutes",
        ["latency --seconds 5"] = "measures for minutes",
        ["dotnet run -c Release --project Ingress.Benchmarks -- micro"] = "measures for minutes",
        ["dotnet run -c Release --project Ingress.Benchmarks -- scaling"] = "measures for minutes",
        ["dotnet run -c Release --project Ingress.Benchmarks -- scaling --svg docs/scaling.svg"] = "measures for minutes",
        ["""dotnet test Ingress.Tests --filter "FullyQualifiedName~Hostile" """.Trim()] = "part of the run that this is part of",
        ["dotnet test --filter Complaint"] = "part of the run that this is part of",
        ["dotnet test --filter PythonSdk"] = "part of the run that this is part of",
        ["""DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 INGRESS_CHAOS_SECONDS=300 INGRESS_CHAOS_CLIENTS=500 INGRESS_CHAOS_SEED=4 dotnet test Ingress.Tests --filter ChaosTests --logger "console;verbosity=detailed" """.Trim()] =
            "five minutes: its short form is a test",
        ["""INGRESS_STALLED_READERS=1000 INGRESS_STALLED_ROUNDS=5 INGRESS_STALLED_SECONDS=8 dotnet test Ingress.Tests --filter PacedClientTests --logger "console;verbosity=detailed" """.Trim()] =
            "more than a minute: its short form is a test",
        ["""INGRESS_FUZZ_COUNT=2500000 INGRESS_FUZZ_SEED=5 dotnet test Ingress.Tests --filter FuzzTests --logger "console;verbosity=detailed" """.Trim()] =
            "minutes: its short form is a test",
    };

    /// <summary>Gets what looks like a command and is none: names of spans.</summary>
    public static IReadOnlyList<string> NoCommands { get; } = ["ingress receive", "ingress process", "ingress attempt", "ingress wait"];
}
