using Ingress.Api.Commands;

return await CommandLine.RunAsync(args);
