// Run by deploy/check-manifests, beside the packages that it needs.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import yaml from 'js-yaml';

const [root, schemaPath] = process.argv.slice(2);
const complaints = [];

// The types know every field, so that TypeScript refuses one that is misspelt; the models check the values beside that.
async function checkKubernetes() {
  const documents = yaml.loadAll(readFileSync(`${root}/deploy/kubernetes/ingress.yaml`, 'utf8'));
  const lines = [];
  for (const [index, document] of documents.entries()) {
    const module = `kubernetes-models/${document.apiVersion}`;
    const models = await import(module);
    try {
      new models[document.kind](document).validate();
    } catch (error) {
      complaints.push(`${document.kind}: ${error.message}`);
    }
    lines.push(`import type { I${document.kind} as T${index} } from '${module}';`);
    lines.push(`export const d${index}: T${index} = ${JSON.stringify(document, null, 2)};`);
  }
  writeFileSync('manifests.ts', lines.join('\n'));
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--target', 'es2022'];
  const compiler = spawnSync('npx', ['tsc', ...flags, 'manifests.ts'], { encoding: 'utf8' });
  if (compiler.status !== 0) {
    complaints.push(`kubernetes/ingress.yaml: ${compiler.stdout}${compiler.stderr}`);
  }
  checkTimes(documents.find((document) => document.kind === 'Deployment'));
  console.log(`kubernetes/ingress.yaml: ${documents.map((document) => document.kind).join(', ')}`);
}

// What a schema does not know: that names agree, and that nobody kills a drain.
function checkTimes(deployment) {
  const pod = deployment.spec.template;
  const container = pod.spec.containers[0];
  const ports = container.ports.map((port) => port.name);
  const wait = container.lifecycle.preStop.sleep.seconds;
  const demands = {
    'the selector fits the pods': JSON.stringify(deployment.spec.selector.matchLabels) === JSON.stringify(pod.metadata.labels),
    'the probes ask a port that is there': ['startupProbe', 'livenessProbe', 'readinessProbe'].every((probe) => ports.includes(container[probe].httpGet.port)),
    'the grace is longer than preStop, 62 s of drain and 5 s of telemetry': pod.spec.terminationGracePeriodSeconds > wait + 62 + 5,
    'it runs without root and writes nothing': pod.spec.securityContext.runAsNonRoot && container.securityContext.readOnlyRootFilesystem,
  };
  complaints.push(...Object.entries(demands).filter(([, holds]) => !holds).map(([demand]) => `kubernetes/ingress.yaml: not so: ${demand}`));
}

function checkCompose() {
  const compose = yaml.load(readFileSync(`${root}/docker-compose.yml`, 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('ports', true).addFormat('expose', true).addFormat('subnet_ip_address', true);
  const schema = JSON.parse(readFileSync(schemaPath, 'utf8'));
  delete schema.$schema; // its address is written without the final #, which this validator insists upon
  if (!ajv.validate(schema, compose)) {
    complaints.push(...ajv.errors.map((error) => `docker-compose.yml${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`));
  }
  for (const [name, service] of Object.entries(compose.services)) {
    const isSafe = /^[1-9]/.test(service.user ?? '') && service.read_only === true && service.cap_drop?.includes('ALL') && service.mem_limit && service.restart;
    if (!isSafe) {
      complaints.push(`docker-compose.yml: ${name} has root, a file system to write to, capabilities, no limit of memory or no restart policy`);
    }
  }
  const ingress = compose.services.ingress;
  if (!(parseInt(ingress.stop_grace_period, 10) > 67)) {
    complaints.push('docker-compose.yml: stop_grace_period of ingress is shorter than 62 s of drain and 5 s of telemetry');
  }
  console.log(`docker-compose.yml: ${Object.keys(compose.services).join(', ')}`);
}

await checkKubernetes();
checkCompose();
complaints.forEach((complaint) => console.log(`FAILED: ${complaint}`));
console.log(complaints.length === 0 ? 'ok' : `${complaints.length} failures`);
process.exit(complaints.length === 0 ? 0 : 1);
