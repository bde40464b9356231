using System.Text.Json;
using System.Text.Json.Serialization;
using Ingress.Api.Admin;
using Ingress.Api.Authentication;
using Ingress.Api.Health;
using Ingress.Api.Status;
using Microsoft.AspNetCore.Mvc;

namespace Ingress.Api.Serialization;

/// <summary>Everything that the plain routes read or write as JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(IssuedTicket))]
[JsonSerializable(typeof(HealthReply))]
[JsonSerializable(typeof(StatusReply))]
[JsonSerializable(typeof(RequestListReply))]
[JsonSerializable(typeof(PauseReply))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
