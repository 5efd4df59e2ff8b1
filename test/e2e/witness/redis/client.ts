import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Where the deployment is, and who asks. */
export interface Place {
  readonly mode: 'server' | 'sentinel' | 'cluster' | 'proxy';
  /** `host:port`, of one server, of Sentinels, of nodes or of the proxy. */
  readonly addresses: readonly string[];
  /** Name under which Sentinels know the master. */
  readonly masterName?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** A client as applications have one: it finds masters again by itself. */
export interface Client {
  /** Resolves when the master has said OK. */
  set(key: string, value: string): Promise<void>;
  /** The same, and whether a replica had it within `ms`. */
  setAndWait(key: string, value: string, ms: number): Promise<boolean>;
  get(key: string): Promise<string | null>;
  /** Any other command, whose second word is a key. */
  call(...words: readonly (string | number)[]): Promise<unknown>;
  close(): void;
}

/** How long a connection may be silent while something is asked of it, in milliseconds: a master may be cut off without a word. */
const SILENT_MS = 5_000;
const RETRY_MS = 200;
const MAX_MOVED = 20;

const addressOf = (address: string): { host: string; port: number } => {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
};

/** Options that an application should have as well. */
const options = ({ username, password, tls }: Place): RedisOptions => ({
  username,
  password,
  tls,
  socketTimeout: SILENT_MS,
  connectTimeout: SILENT_MS,
  retryStrategy: () => RETRY_MS,
  // A write is tried again until it is answered; the records are numbered, so that it may be done twice.
  maxRetriesPerRequest: null,
  // A master that has been made a replica tells so by this.
  reconnectOnError: (error) => /^(READONLY|LOADING|MASTERDOWN)/.test(error.message),
});

/** Opens a client; `report` is told of what goes wrong. */
export function openClient(place: Place, report: (problem: string) => void): Client {
  return place.mode === 'cluster' ? clusterClient(place, report) : serverClient(place, report);
}

function serverClient(place: Place, report: (problem: string) => void): Client {
  const redis = new Redis({ ...options(place), ...byMode(place) });
  redis.on('error', (error: Error) => report(error.message));
  return {
    set: async (key, value) => {
      await redis.set(key, value);
    },
    // A pipeline, so that WAIT goes over the connection of the write or fails with it.
    setAndWait: async (key, value, ms) => {
      const [[refusal], [failure, replicas]] =
        (await redis.pipeline().set(key, value).wait(1, ms).exec()) ?? [];
      if (refusal) throw refusal;
      return !failure && Number(replicas) >= 1;
    },
    get: (key) => redis.get(key),
    call: (command, ...words) => redis.call(String(command), ...words),
    close: () => redis.disconnect(),
  };
}

function byMode({ mode, addresses, masterName, tls }: Place): RedisOptions {
  if (mode === 'sentinel')
    return {
      sentinels: addresses.map(addressOf),
      name: masterName,
      // Without `failoverDetector`: a failover that it hears of while the client looks for the master ends the client for good.
      sentinelRetryStrategy: () => RETRY_MS,
      sentinelCommandTimeout: SILENT_MS,
      enableTLSForSentinelMode: Boolean(tls),
      sentinelTLS: tls,
    };
  // A proxy knows neither INFO, CLIENT nor HELLO.
  const bare: RedisOptions = { protocol: 2, enableReadyCheck: false, disableClientInfo: true };
  return { ...addressOf(addresses[0]), ...(mode === 'proxy' ? bare : {}) };
}

function clusterClient(place: Place, report: (problem: string) => void): Client {
  const { retryStrategy: _, ...redisOptions } = options(place);
  const cluster = new Cluster(place.addresses.map(addressOf), {
    redisOptions,
    clusterRetryStrategy: () => RETRY_MS,
    // The certificate is for names, and names outlive addresses.
    dnsLookup: (host, done) => done(null, host),
    slotsRefreshTimeout: SILENT_MS,
    maxRedirections: 100,
  });
  cluster.on('error', (error: Error) => report(error.message));
  cluster.on('node error', (error: Error) => report(error.message));
  const set = async (key: string, value: string): Promise<void> => {
    await cluster.set(key, value);
  };
  const setAndWait = async (key: string, value: string, ms: number): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      const [[refusal], [failure, replicas]] =
        (await cluster.pipeline().set(key, value).wait(1, ms).exec()) ?? [];
      if (!refusal) return !failure && Number(replicas) >= 1;
      // Half of the pipeline has had an answer, so that the client does not follow by itself.
      if (
        !/^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|Connection is closed)/.test(refusal.message) ||
        attempt > MAX_MOVED
      )
        throw refusal;
      if (refusal.message.startsWith('ASK')) {
        await set(key, value);
        return false;
      }
      await new Promise<void>((resolve) => cluster.refreshSlotsCache(() => resolve()));
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS / 4));
    }
  };
  return {
    set,
    setAndWait,
    get: (key) => cluster.get(key),
    call: (command, ...words) => cluster.call(String(command), ...words),
    close: () => cluster.disconnect(),
  };
}
