import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

interface Wanted {
  name: string;
  username: string;
}

function create(secret: object, namespace: string): Promise<number> {
  const body = JSON.stringify(secret);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: process.env.KUBERNETES_SERVICE_HOST,
        port: process.env.KUBERNETES_SERVICE_PORT,
        path: `/api/v1/namespaces/${namespace}/secrets`,
        method: 'POST',
        ca: readFileSync(`${ACCOUNT}/ca.crt`),
        headers: {
          authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8').trim()}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        timeout: 10_000,
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    call.on('timeout', () => call.destroy(new Error('the API server did not answer within 10 s')));
    call.on('error', reject);
    call.end(body);
  });
}

async function main(): Promise<void> {
  const namespace = readFileSync(`${ACCOUNT}/namespace`, 'utf8').trim();
  for (const { name, username } of JSON.parse(process.env.SECRETS ?? '[]') as Wanted[]) {
    const status = await create(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/basic-auth',
        metadata: { name, labels: JSON.parse(process.env.LABELS ?? '{}') },
        stringData: { username, password: randomBytes(24).toString('base64url') },
      },
      namespace,
    );
    // 409: it exists, with a password that is in use.
    if (status !== 201 && status !== 409)
      throw new Error(`creating Secret ${name}: the API server answered ${status}`);
    console.log(JSON.stringify({ secret: name, done: status === 201 ? 'created' : 'kept as it was' }));
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
