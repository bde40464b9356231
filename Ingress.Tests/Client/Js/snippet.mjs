// Runs code of the documentation on the service's page: node snippet.mjs <Ingress.Api.dll> <code> <last words on the console>

import { launch } from './browser.mjs';
import { Service } from './service.mjs';

const [assembly, code, last] = process.argv.slice(2);
const service = await Service.start(assembly);
const browser = await launch();
try {
  const own = code.replaceAll('localhost:8080', new URL(service.origin).host)
    .replaceAll('https://ingress.example.com', service.origin)
    .replaceAll('wss://ingress.example.com', service.origin.replace('http', 'ws'))
    .replace(/^import (\{.*\}) from ('.*');$/m, 'const $1 = await import($2);'); // a console takes no other
  const page = await browser.newPage();
  page.on('console', message => console.log(message.text()));
  page.on('pageerror', error => { throw error; });
  await page.goto(`${service.origin}/`);
  const done = page.waitForEvent('console', message => message.text().includes(last));
  await page.evaluate(`(async () => { ${own}\n })()`);
  await done;
} finally {
  await browser.close();
  await service.dispose();
}
process.exit();
