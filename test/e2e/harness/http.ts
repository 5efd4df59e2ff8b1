import { type RequestOptions, request } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import type { Manifest } from './cluster';

/** A request that the API server refused. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** What identifies an object. */
export type Header = Pick<Manifest, 'apiVersion' | 'kind'> & {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
};

/**
 * The API server by plain JSON. The official client's serializer knows `from` of a NetworkPolicy as `_from` only and drops
 * it without a word, which opens the policy to everybody, so manifests must not go through it.
 */
export class Http {
  private readonly resources = new Map<
    string,
    Promise<{ kind: string; name: string; namespaced: boolean }[]>
  >();

  constructor(private readonly config: KubeConfig) {}

  /** Path of an object, or of its kind where it has no name. */
  async path({ apiVersion, kind, metadata }: Header): Promise<string> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    if (!this.resources.has(root)) {
      const list = this.send('GET', root).then(
        (found) =>
          (found as unknown as { resources: { kind: string; name: string; namespaced: boolean }[] })
            .resources,
      );
      this.resources.set(root, list);
    }
    const resource = (await this.resources.get(root))?.find(
      (each) => each.kind === kind && !each.name.includes('/'),
    );
    if (!resource) throw new Error(`the cluster does not know ${apiVersion} ${kind}`);
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace}` : '';
    return `${root}${namespace}/${resource.name}${metadata.name ? `/${metadata.name}` : ''}`;
  }

  /** Sends a request and gives what came back; throws `Refused` where it is no success. */
  async send(
    method: string,
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<Manifest> {
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const url = new URL(path, this.config.getCurrentCluster()?.server);
    const headers = {
      ...options.headers,
      accept: 'application/json',
      ...(body && { 'content-type': contentType }),
    };
    return new Promise((resolve, reject) => {
      const call = request(url, { ...options, method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = answer.statusCode ?? 0;
          if (status >= 200 && status < 300) return resolve(JSON.parse(text) as Manifest);
          reject(new Refused(status, messageOf(text)));
        });
      });
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
