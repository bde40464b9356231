// Checks an AsyncAPI document with the official parser: node asyncapi.mjs <file or address>. Prints what is wrong, and fails on errors.

import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const source = process.argv[2];
const text = source.startsWith('http') ? await (await fetch(source)).text() : await readFile(source, 'utf8');
const { document, diagnostics } = await new Parser().parse(text);
for (const { severity, message, path } of diagnostics) console.log(`${['error', 'warning', 'info', 'hint'][severity]}: ${message} (${path.join('/')})`);
if (!document || diagnostics.some(({ severity }) => severity === 0)) process.exit(1);
console.log(`valid: ${document.operations().all().length} operations, ${document.messages().all().length} messages`);
