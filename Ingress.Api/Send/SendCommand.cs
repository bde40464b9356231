using System.Runtime.InteropServices;
using Ingress.Api.Hosting;

namespace Ingress.Api.Send;

/// <summary>A conversation from the command line, with a service that runs.</summary>
internal static class SendCommand
{
    /// <summary>Sends what the arguments say, and shows what comes back.</summary>
    /// <param name="args">See <see cref="SendOptions.Usage"/>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length == 0 || args[0] is "--help" or "-h")
        {
            Console.WriteLine(SendOptions.Usage);
            return args.Length == 0 ? ExitCode.Usage : ExitCode.Success;
        }

        using var interrupt = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            return await SendAsync(SendOptions.Parse(args), interrupt.Token);
        }
        catch (SendException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return interrupt.IsCancellationRequested ? ExitCode.Interrupted : e.ExitCode;
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }

        // The first one cancels what is live; the second one ends the process as it usually would.
        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = !interrupt.IsCancellationRequested;
            interrupt.Cancel();
        }
    }

    private static async Task<int> SendAsync(SendOptions options, CancellationToken interrupt)
    {
        var requests = SentRequest.From(options);
        var time = TimeProvider.System;
        var isTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        ISendView view = options.Json ? new JsonView(Console.Out) : new TextView(Console.Out, Console.Error, isTerminal, requests.Count);
        using var socket = await SendSocket.ConnectAsync(options, interrupt);
        var began = time.GetTimestamp();
        try
        {
            await new Sending(socket, view, time).RunAsync(requests, options.Concurrency, interrupt);
        }
        finally
        {
            await socket.CloseAsync();
            var summary = new SendSummary(requests, time.GetElapsedTime(began));
            view.Finish(summary);
        }

        return interrupt.IsCancellationRequested ? ExitCode.Interrupted
            : requests.All(static request => request.IsCompleted) ? ExitCode.Success
            : ExitCode.Failure;
    }
}
