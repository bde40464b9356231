// Reads queries with Grafana's own grammars: node queries.mjs <file>, a JSON array of {language: "traceql" or "logql", text}. Prints one line of
// JSON for each: whether it is well formed, and the fields that it names with the texts that it compares them with.

import { readFile } from 'node:fs/promises';
import { parser as logql } from '@grafana/lezer-logql';
import { parser as traceql } from '@grafana/lezer-traceql';

const grammars = { logql, traceql };
const fieldNodes = new Set(['AttributeField', 'IntrinsicField', 'Matcher']);

for (const { language, text } of JSON.parse(await readFile(process.argv[2], 'utf8'))) {
  const fields = [];
  let isWellFormed = true;
  grammars[language].parse(text).iterate({
    enter: (node) => {
      const source = text.slice(node.from, node.to);
      if (node.type.isError) isWellFormed = false;
      if (fieldNodes.has(node.name)) fields.push({ name: source.match(/^[\w.]+/)[0], value: null });
      if (node.name === 'String' && fields.length > 0) fields.at(-1).value ??= source.slice(1, -1);
    },
  });
  console.log(JSON.stringify({ text, isWellFormed, fields }));
}
