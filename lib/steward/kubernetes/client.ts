import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';

/** Where the API server is. What rotates is read anew for each request. */
export interface KubernetesAccess {
  /** URL, `https:` or `http:`. */
  readonly server: string;
  readonly ca?: () => string | Buffer;
  readonly token?: () => string;
}

/** An answer of the API server that is no success, in its own words. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';

  constructor(
    message: string,
    /** HTTP status. */
    readonly status: number,
    /** Word of the API, such as `AlreadyExists`. */
    readonly reason?: string,
  ) {
    super(message);
  }
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Below the 90 s after which an API server closes an idle connection: few requests meet one that is being closed. */
const IDLE_MS = 60_000;
/** After this long a silence the kernel asks whether the other side is still there. */
const PROBE_MS = 15_000;

/** The access that Kubernetes gives to a pod with a service account. */
export function inCluster(): KubernetesAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port) {
    throw new Error('this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
  }
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: () => readFileSync(`${ACCOUNT}/ca.crt`),
    token: () => readFileSync(`${ACCOUNT}/token`, 'utf8'),
  };
}

/** Namespace of the pod that this runs in. */
export function ownNamespace(): string {
  return readFileSync(`${ACCOUNT}/namespace`, 'utf8').trim();
}

/** Requests to the API server. What fails is not repeated here: the loop of the caller comes round again. */
export class Kubernetes {
  private readonly timeoutMs: number;
  private readonly agent: http.Agent;

  constructor(
    private readonly access: KubernetesAccess,
    options: { /** For a whole answer. @default 10 seconds */ readonly timeoutMs?: number } = {},
  ) {
    this.timeoutMs = options.timeoutMs ?? 10_000;
    const { Agent } = access.server.startsWith('https:') ? https : http;
    this.agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  }

  /** What is at `path`; undefined when there is nothing. */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      return await this.exchange({ method: 'GET', path }, json<T>);
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.exchange({ method: 'POST', path, body }, json<T>);
  }

  replace<T>(path: string, body: unknown): Promise<T> {
    return this.exchange({ method: 'PUT', path, body }, json<T>);
  }

  patch<T>(path: string, body: unknown, type: 'merge' | 'json' | 'strategic-merge' = 'merge'): Promise<T> {
    return this.exchange({ method: 'PATCH', path, body, type: `application/${type}-patch+json` }, json<T>);
  }

  delete<T>(path: string, options: unknown = {}): Promise<T> {
    return this.exchange({ method: 'DELETE', path, body: options }, json<T>);
  }

  /**
   * Gives each line of an answer, however long it takes. Rejects when it does not begin in time, or when `onLine` throws;
   * resolves when it ends in whatever way, as a watch may do at any time. Nothing comes once `signal` is aborted.
   */
  stream(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const follow = (answer: http.IncomingMessage, begun: () => void) => {
      begun();
      return lines(answer, (line) => signal.aborted || onLine(line));
    };
    return this.exchange({ method: 'GET', path }, follow, signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Hands a good answer to `use`, which is over in time unless it says that it has begun. */
  private async exchange<T>(
    request: Request,
    use: (answer: http.IncomingMessage, begun: () => void) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const what = `${request.method} ${request.path}`;
    const cut = new AbortController();
    const late = () => cut.abort(new Error(`no answer within ${this.timeoutMs} ms`));
    const timer = setTimeout(late, this.timeoutMs);
    const stop = () => cut.abort(signal?.reason);
    signal?.addEventListener('abort', stop);
    try {
      signal?.throwIfAborted();
      const answer = await this.send(request, cut.signal);
      const { statusCode: status = 0 } = answer;
      if (status < 200 || status > 299) throw refusal(what, status, await text(answer));
      return await use(answer, () => clearTimeout(timer));
    } catch (error) {
      if (error instanceof KubernetesError) throw error;
      const cause = cut.signal.aborted ? cut.signal.reason : error;
      throw new Error(`${what}: ${cause.message || cause.code || cause}`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  private send(request: Request, cut: AbortSignal, again = true): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { server, ca, token } = this.access;
      const { method, path, type = 'application/json' } = request;
      const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
      const send = server.startsWith('https:') ? https.request : http.request;
      const call = send(server.replace(/\/$/, '') + path, {
        method,
        agent: this.agent,
        ca: ca?.(),
        headers: {
          accept: 'application/json',
          'user-agent': 'cdk8s-stateful-steward',
          ...(token && { authorization: `Bearer ${token().trim()}` }),
          ...(body && { 'content-type': type, 'content-length': body.length }),
        },
      });
      const stop = () => call.destroy(cut.reason);
      cut.addEventListener('abort', stop);
      call.on('close', () => cut.removeEventListener('abort', stop));
      call.on('socket', (socket) => socket.setKeepAlive(true, PROBE_MS));
      call.on('response', (answer) => {
        again = false;
        resolve(answer);
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed a kept connection just as it was used again.
        const stale = method === 'GET' && call.reusedSocket && error.code === 'ECONNRESET';
        if (again && stale) resolve(this.send(request, cut, false));
        else reject(error);
      });
      call.end(body);
    });
  }
}

async function text(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function json<T>(answer: http.IncomingMessage): Promise<T> {
  return JSON.parse(await text(answer));
}

/** Resolves when the answer ends; a last line that was cut off is not given. */
function lines(answer: http.IncomingMessage, take: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const whole = (rest + chunk).split('\n');
      rest = whole.pop() ?? '';
      try {
        whole.forEach(take);
      } catch (error) {
        reject(error);
        answer.destroy();
      }
    });
    // A connection that breaks is closed, too.
    answer.on('error', () => undefined);
    answer.on('close', resolve);
  });
}

function refusal(what: string, status: number, body: string): KubernetesError {
  let said: { readonly message?: string; readonly reason?: string } | null = null;
  try {
    said = JSON.parse(body);
  } catch {
    // A proxy, perhaps: what it says is told as it is.
  }
  const why = said?.message || `HTTP status ${status} ${body.trim().slice(0, 200)}`.trim();
  return new KubernetesError(`${what}: ${why}`, status, said?.reason);
}
