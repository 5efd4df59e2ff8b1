import { randomBytes } from 'node:crypto';
import { inCluster, Kubernetes, KubernetesError, ownNamespace } from '../steward/kubernetes/client';

interface Wanted {
  readonly name: string;
  readonly username: string;
}

/** Creates a Secret with a random password; false when it exists, with a password that is in use. */
async function create(kubernetes: Kubernetes, { name, username }: Wanted): Promise<boolean> {
  try {
    await kubernetes.create(`/api/v1/namespaces/${ownNamespace()}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/basic-auth',
      metadata: { name, labels: JSON.parse(process.env.LABELS ?? '{}') },
      stringData: { username, password: randomBytes(24).toString('base64url') },
    });
    return true;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 409) return false;
    throw new Error(`creating Secret ${name}: ${(error as Error).message}`, { cause: error });
  }
}

async function main(): Promise<void> {
  const kubernetes = new Kubernetes(inCluster());
  for (const wanted of JSON.parse(process.env.SECRETS ?? '[]') as Wanted[]) {
    const created = await create(kubernetes, wanted);
    console.log(JSON.stringify({ secret: wanted.name, done: created ? 'created' : 'kept as it was' }));
  }
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
