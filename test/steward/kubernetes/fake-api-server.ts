import * as http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

interface Stored {
  metadata: { name: string; resourceVersion: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** An object as a client gives it. */
interface Given {
  readonly metadata: { readonly name: string };
  readonly spec?: object;
  readonly data?: unknown;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly collection: string;
  readonly object: Stored;
}

interface Watcher {
  readonly collection: string;
  readonly query: URLSearchParams;
  readonly answer: http.ServerResponse;
  /** Written to no more, while its connection stays. */
  silent?: boolean;
}

/** A request as it came in. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly at: number;
}

/** Status and body. */
type Said = readonly [number, unknown];

const PATH = /^(\/apis?\/(?:v1|[^/]+\/[^/]+)\/namespaces\/[^/]+\/[^/]+)(?:\/([^/]+))?$/;

/** As much of an API server as a client of one namespace can tell from a real one. */
export class FakeApiServer {
  readonly asked: Asked[] = [];
  /** How a watch that is too old is told so. */
  gone: 'status' | 'event' = 'status';
  /** Takes requests over; true when it has dealt with one. */
  intercept: ((asked: Asked, answer: http.ServerResponse) => boolean) | undefined;
  /** Writes in pieces of this many bytes. */
  pieces: number | undefined;
  private version = 1000;
  private compacted = 0;
  private history: Change[] = [];
  private readonly objects = new Map<string, Map<string, Stored>>();
  private readonly watchers = new Set<Watcher>();
  private readonly sockets = new Set<Socket>();
  private server: http.Server | undefined;
  private port = 0;

  static async start(): Promise<FakeApiServer> {
    const server = new FakeApiServer();
    await server.resume();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many watches are open. */
  get watching(): number {
    return this.watchers.size;
  }

  /** Requests for watches, or for lists. */
  count(what: 'watch' | 'list'): number {
    return this.asked.filter(({ query }) => query.has('watch') === (what === 'watch')).length;
  }

  /** Listens, on the same port as before; what was stored is still there. */
  resume(): Promise<void> {
    const server = http.createServer((request, answer) => this.serve(request, answer).catch(() => undefined));
    this.server = server;
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    return new Promise((resolve) => {
      server.listen(this.port, '127.0.0.1', () => {
        this.port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    this.drop();
    await closed;
  }

  /** Resets all connections. */
  drop(): void {
    this.watchers.clear();
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Ends all watches in the proper way. */
  endWatches(): void {
    for (const { answer } of this.watchers) answer.end();
    this.watchers.clear();
  }

  /** The watches that are there never say anything again, and do not end. */
  silence(): void {
    for (const watcher of this.watchers) watcher.silent = true;
  }

  /** Forgets what has changed until now. */
  compact(): void {
    this.compacted = this.version;
    this.history = [];
  }

  /** Tells all watches how far they have come. */
  bookmark(): void {
    const object = { metadata: { resourceVersion: String(this.version) } };
    for (const watcher of this.watchers) {
      if (watcher.query.get('allowWatchBookmarks') === 'true') this.tell(watcher, 'BOOKMARK', object);
    }
  }

  read<T>(collection: string, name: string): T | undefined {
    return this.objects.get(collection)?.get(name) as T | undefined;
  }

  /** What a collection holds, by name. */
  all(collection: string): Record<string, unknown> {
    return Object.fromEntries(this.objects.get(collection) ?? []);
  }

  put(collection: string, object: Given): Stored {
    const { name } = object.metadata;
    const before = this.objects.get(collection)?.get(name);
    const same = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: before?.metadata.resourceVersion },
    };
    // What changes nothing makes no new version.
    if (before && JSON.stringify(before) === JSON.stringify(same)) return before;
    return this.change(before ? 'MODIFIED' : 'ADDED', collection, object);
  }

  delete(collection: string, name: string): void {
    const before = this.objects.get(collection)?.get(name);
    if (before) this.change('DELETED', collection, before);
  }

  private change(type: Change['type'], collection: string, object: Given): Stored {
    const version = ++this.version;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const all = this.objects.get(collection) ?? new Map<string, Stored>();
    this.objects.set(collection, all);
    if (type === 'DELETED') all.delete(stored.metadata.name);
    else all.set(stored.metadata.name, stored);
    const change = { type, version, collection, object: stored };
    this.history.push(change);
    for (const watcher of this.watchers) this.deliver(watcher, change);
    return stored;
  }

  private deliver(watcher: Watcher, { type, collection, object }: Change): void {
    if (collection === watcher.collection && selected(object, watcher.query))
      this.tell(watcher, type, object);
  }

  private tell({ answer, silent }: Watcher, type: string, object: unknown): void {
    if (!silent) this.write(answer, `${JSON.stringify({ type, object })}\n`);
  }

  private write(answer: http.ServerResponse, text: string): void {
    const bytes = Buffer.from(text);
    const size = this.pieces ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) answer.write(bytes.subarray(at, at + size));
  }

  private async serve(request: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', this.url);
    const { method = '', headers } = request;
    const asked = { method, path, query, headers, at: performance.now() };
    this.asked.push(asked);
    answer.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.intercept?.(asked, answer)) return;
    const [, collection, name] = PATH.exec(path) ?? [];
    if (collection && query.get('watch') === 'true') return this.watch({ collection, query, answer });
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    if (!collection) this.refuse(answer, 404, 'NotFound', 'the server could not find the requested resource');
    else if (method === 'GET' && !name) this.say(answer, this.list(collection, query));
    else this.say(answer, this.one(asked, { collection, name, body }));
  }

  private list(collection: string, query: URLSearchParams): Said {
    const items = [...(this.objects.get(collection)?.values() ?? [])].filter((item) => selected(item, query));
    return [200, { metadata: { resourceVersion: String(this.version) }, items }];
  }

  private one(
    { method, headers }: Asked,
    { collection, name, body }: { collection: string; name?: string; body?: Stored },
  ): Said {
    const key = name ?? body?.metadata.name ?? '';
    const what = `${collection.split('/').at(-1)} "${key}"`;
    const before = this.objects.get(collection)?.get(key);
    if (method === 'POST') {
      if (before) return refusal(409, 'AlreadyExists', `${what} already exists`);
      return [201, this.put(collection, body as Stored)];
    }
    if (!before) return refusal(404, 'NotFound', `${what} not found`);
    if (method === 'GET') return [200, before];
    const known = body?.metadata?.resourceVersion;
    if (known && known !== before.metadata.resourceVersion) {
      const why =
        'the object has been modified; please apply your changes to the latest version and try again';
      return refusal(409, 'Conflict', `Operation cannot be fulfilled on ${what}: ${why}`);
    }
    if (method === 'PUT') return [200, this.put(collection, body as Stored)];
    const type = headers['content-type'];
    if (type === 'application/merge-patch+json') {
      return [200, this.put(collection, merged(before, body) as Stored)];
    }
    return refusal(415, 'UnsupportedMediaType', `${method} of ${type}`);
  }

  private watch(watcher: Watcher): void {
    const { query, answer } = watcher;
    const from = Number(query.get('resourceVersion'));
    if (from < this.compacted) {
      const message = `too old resource version: ${from} (${this.compacted})`;
      if (this.gone === 'status') this.refuse(answer, 410, 'Expired', message);
      else {
        answer.writeHead(200).flushHeaders();
        this.tell(watcher, 'ERROR', refusal(410, 'Expired', message)[1]);
        answer.end();
      }
      return;
    }
    answer.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const change of this.history) if (change.version > from) this.deliver(watcher, change);
    this.watchers.add(watcher);
    const end = () => {
      if (!watcher.silent) answer.end();
      this.watchers.delete(watcher);
    };
    const timer = setTimeout(end, Number(query.get('timeoutSeconds')) * 1000);
    answer.on('close', () => {
      clearTimeout(timer);
      this.watchers.delete(watcher);
    });
  }

  refuse(answer: http.ServerResponse, code: number, reason: string, message: string): void {
    this.say(answer, refusal(code, reason, message));
  }

  private say(answer: http.ServerResponse, [status, body]: Said): void {
    answer.writeHead(status, { 'content-type': 'application/json' });
    this.write(answer, JSON.stringify(body));
    answer.end();
  }
}

function refusal(code: number, reason: string, message: string): Said {
  return [code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code }];
}

function selected({ metadata }: Stored, query: URLSearchParams): boolean {
  const pairs = (query.get('labelSelector') ?? '').split(',').filter(Boolean);
  return pairs.map((pair) => pair.split('=')).every(([key, value]) => metadata.labels?.[key] === value);
}

/** A JSON merge patch: null takes a field away. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
