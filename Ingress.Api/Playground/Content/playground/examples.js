// What the page offers to send. The fields under "simulate" mean something to the simulator's built-in worker only.

export const EXAMPLES = [
  ['Stream a sentence', { prompt: 'Every request waits its turn, wakes a worker if it must, and comes back word by word.' }],
  ['A long answer', { prompt: 'Cancel me, or break the line while I speak: nothing is lost and nothing comes twice. '.repeat(6).trim(),
    simulate: { chunkDelayMs: 120 } }],
  ['A result in one piece', { prompt: 'Paint a lighthouse.', simulate: { handler: 'plain', durationMs: 2000,
    output: { image: 'lighthouse.png', seed: 7 } } }],
  ['A job that fails', { prompt: 'I shall not finish this', simulate: { error: 'CUDA out of memory' } }],
  ['A worker that dies half-way', { prompt: 'One two three four five six seven eight.', simulate: { crash: 1 } }],
];
