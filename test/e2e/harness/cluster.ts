import { Writable } from 'node:stream';
import type * as Kubernetes from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { type Header, Http } from './http';

export type { V1Pod as Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

/** An object as YAML has it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    resourceVersion?: string;
    generation?: number;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the rest differs from kind to kind
  [field: string]: any;
}

/** What a command in a container left. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Field manager of everything that the suite applies. */
export const FIELD_MANAGER = 'cdk8s-stateful-e2e';

const EXEC_MS = 60_000;

/** The Kubernetes that KUBECONFIG names. */
export class Cluster {
  /** Reads KUBECONFIG. The client is an ES module, so it cannot be imported otherwise from here. */
  static async connect(): Promise<Cluster> {
    if (!process.env.KUBECONFIG)
      throw new Error('KUBECONFIG is not set; the suite needs a cluster that it may break');
    const client = await import('@kubernetes/client-node');
    const config = new client.KubeConfig();
    config.loadFromFile(process.env.KUBECONFIG);
    return new Cluster(client, config);
  }

  readonly core: Kubernetes.CoreV1Api;
  readonly apps: Kubernetes.AppsV1Api;
  readonly batch: Kubernetes.BatchV1Api;
  private readonly http: Http;

  private constructor(
    private readonly client: typeof Kubernetes,
    private readonly config: Kubernetes.KubeConfig,
  ) {
    this.core = config.makeApiClient(client.CoreV1Api);
    this.apps = config.makeApiClient(client.AppsV1Api);
    this.batch = config.makeApiClient(client.BatchV1Api);
    this.http = new Http(config);
  }

  /** Applies an object server-side, as GitOps controllers do, and gives it as it is stored. */
  async apply(manifest: Manifest, manager = FIELD_MANAGER): Promise<Manifest> {
    const path = `${await this.http.path(manifest)}?fieldManager=${manager}&force=true`;
    return this.http.send('PATCH', path, manifest, 'application/apply-patch+yaml');
  }

  /** What applying an object would store, without storing it; rejects where the API server refuses. */
  async wouldApply(manifest: Manifest, manager = FIELD_MANAGER): Promise<Manifest> {
    const path = `${await this.http.path(manifest)}?fieldManager=${manager}&force=true&dryRun=All`;
    return this.http.send('PATCH', path, manifest, 'application/apply-patch+yaml');
  }

  /** An object as it is stored; undefined when there is none. */
  async read(header: Header): Promise<Manifest | undefined> {
    return absentIsUndefined(this.http.send('GET', await this.http.path(header)));
  }

  /** Objects of a kind in a namespace. */
  async list(apiVersion: string, kind: string, namespace: string): Promise<Manifest[]> {
    const { items } = await this.http.send(
      'GET',
      await this.http.path({ apiVersion, kind, metadata: { namespace } }),
    );
    return items as Manifest[];
  }

  /** Changes an object by a JSON merge patch. */
  async merge(manifest: Manifest): Promise<void> {
    await this.http.send('PATCH', await this.http.path(manifest), manifest, 'application/merge-patch+json');
  }

  /** Deletes an object; what belongs to it goes in the background. */
  async delete(header: Header): Promise<void> {
    const { apiVersion, kind, metadata } = header;
    await absentIsUndefined(
      this.http.send('DELETE', await this.http.path({ apiVersion, kind, metadata }), {
        propagationPolicy: 'Background',
      }),
    );
  }

  async pods(namespace: string, labelSelector?: string): Promise<Kubernetes.V1Pod[]> {
    const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
    return items.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  /** Tells of each pod that there is, and of each change from then on, until the function that this gives is called. */
  async watchPods(
    namespace: string,
    labelSelector: string,
    onChange: (type: string, pod: Kubernetes.V1Pod) => void,
    onEnd: (error: unknown) => void,
  ): Promise<() => void> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const watch = new this.client.Watch(this.config);
    const controller = await watch.watch(path, { labelSelector }, onChange, onEnd);
    return () => controller.abort();
  }

  /** Creates what has no name of its own, such as a review, and gives the answer. */
  async create(manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'spec'>): Promise<Manifest> {
    const path = await this.http.path({ ...manifest, metadata: {} });
    return this.http.send('POST', path, manifest);
  }

  /** Puts an object in place of the one that is stored. */
  async replace(manifest: Manifest): Promise<Manifest> {
    return this.http.send('PUT', await this.http.path(manifest), manifest);
  }

  /** The end of a container's log; empty while there is none. */
  async log(
    namespace: string,
    name: string,
    options: { container?: string; lines?: number; previous?: boolean } = {},
  ): Promise<string> {
    const { container, lines: tailLines, previous } = options;
    try {
      return (
        (await this.core.readNamespacedPodLog({ namespace, name, container, tailLines, previous })) ?? ''
      );
    } catch {
      return '';
    }
  }

  /** Runs a command in a container. A code other than 0 is the caller's to judge; what prevents the run is thrown. */
  async exec(namespace: string, pod: string, command: string[], container?: string): Promise<Output> {
    const [out, err] = [new Capture(), new Capture()];
    const { promise, resolve, reject } = withResolvers<number>();
    const timer = setTimeout(
      () => reject(new Error(`${pod}: ${command.join(' ')}: no end within ${EXEC_MS} ms`)),
      EXEC_MS,
    );
    try {
      const socket = await new this.client.Exec(this.config)
        .exec(namespace, pod, container ?? '', command, out, err, null, false, (status) => {
          const exit = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
          if (status.status === 'Success' || exit) resolve(Number(exit ?? 0));
          else reject(new Error(`${pod}: ${command.join(' ')}: ${status.message}`));
        })
        .catch((error) => {
          throw new Error(`${namespace}/${pod}: cannot run ${command[0]}: ${reasonOf(error)}`);
        });
      socket.onclose = () => reject(new Error(`${pod}: ${command.join(' ')}: the connection closed`));
      const code = await promise;
      return { code, stdout: out.text, stderr: err.text };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Name of an object that came from the cluster. */
export function nameOf(object: { metadata?: { name?: string } }): string {
  return object.metadata?.name ?? '';
}

/** Whether a pod's condition Ready is true. */
export function isReady(pod: Kubernetes.V1Pod): boolean {
  return (
    pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
    false
  );
}

/** HTTP status of a refused request; undefined for another error. */
export function statusOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

/** What the API server said, in one line. */
export function reasonOf(error: unknown): string {
  const { body, message } = error as { body?: unknown; message?: string };
  if (typeof body === 'string') {
    try {
      return (JSON.parse(body) as { message: string }).message;
    } catch {
      return body;
    }
  }
  return message ?? String(error);
}

/** Resolves with undefined where the object does not exist. */
export async function absentIsUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

class Capture extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
