using System.Net.Mime;
using System.Text.Json;
using Ingress.Api.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Ingress.Api.Problems;

/// <summary>Answers that say what is wrong (RFC 9457).</summary>
internal static class Problem
{
    private const string ContentType = MediaTypeNames.Application.ProblemJson;

    /// <summary>Writes a problem as the answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status code.</param>
    /// <param name="detail">What the caller can do about it.</param>
    /// <returns>A task that ends when it is written.</returns>
    public static async Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        await JsonSerializer.SerializeAsync(
            context.Response.Body, Details(status, detail), ApiJsonContext.Default.ProblemDetails, context.RequestAborted);
    }

    /// <summary>Makes a problem the result of a route.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="detail">What the caller can do about it.</param>
    /// <returns>The result.</returns>
    public static ProblemHttpResult Result(int status, string detail) => TypedResults.Problem(Details(status, detail));

    private static ProblemDetails Details(int status, string detail) => new()
    {
        Status = status,
        Title = ReasonPhrases.GetReasonPhrase(status),
        Detail = detail,
    };
}
