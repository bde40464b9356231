using Ingress.Benchmarks;

return await Verbs.RunAsync(args);
