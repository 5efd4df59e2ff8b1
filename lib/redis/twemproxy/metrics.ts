import { family, type Sample } from '../../steward/exposition';
import type { PoolStats } from './stats';

/** What is told of a proxy. */
export interface TwemproxyView {
  /** Whether it answers at all. */
  readonly answers: boolean;
  /** Whether each shard answers through it and takes writes. */
  readonly shards: ReadonlyMap<string, boolean>;
  /** Whether its password is no longer the one that new proxies get. */
  readonly passwordOutdated: boolean;
  readonly stats?: PoolStats;
}

type Family = readonly [field: string, type: 'gauge' | 'counter', help: string];

const POOL: readonly Family[] = [
  ['client_connections', 'gauge', 'Connections of clients.'],
  ['client_eof', 'counter', 'Connections that clients have ended.'],
  ['client_err', 'counter', 'Connections of clients that ended with an error.'],
  ['forward_error', 'counter', 'Requests that could not be forwarded.'],
  ['fragments', 'counter', 'Requests that others were divided into.'],
  ['server_ejects', 'counter', 'Times that a shard was ejected.'],
];

const SERVER: readonly Family[] = [
  ['server_connections', 'gauge', 'Connections to the shard.'],
  ['server_eof', 'counter', 'Connections that the shard has ended.'],
  ['server_err', 'counter', 'Connections to the shard that ended with an error.'],
  ['server_timedout', 'counter', 'Requests that the shard did not answer in time.'],
  ['requests', 'counter', 'Requests to the shard.'],
  ['request_bytes', 'counter', 'Bytes of requests to the shard.'],
  ['responses', 'counter', 'Replies of the shard.'],
  ['response_bytes', 'counter', 'Bytes of replies of the shard.'],
  ['in_queue', 'gauge', 'Requests that wait to be sent to the shard.'],
  ['out_queue', 'gauge', 'Requests that wait for a reply of the shard.'],
];

/** What Prometheus is told. */
export function twemproxyMetrics(proxy: string, view: TwemproxyView): string {
  const common = { proxy };
  const yes = (value: boolean) => (value ? 1 : 0);
  const { pool = {}, servers = {} } = view.stats ?? {};
  const each = (field: string): Sample[] =>
    Object.entries(servers).flatMap(([shard, of]) =>
      of[field] === undefined ? [] : [[{ shard }, of[field]] satisfies Sample],
    );
  return [
    family('twemproxy_up', 'gauge', 'Whether the proxy answers.', common, [[{}, yes(view.answers)]]),
    family(
      'twemproxy_shard_up',
      'gauge',
      'Whether the shard takes writes through this proxy.',
      common,
      [...view.shards].map(([shard, up]) => [{ shard }, yes(up)]),
    ),
    family(
      'twemproxy_password_outdated',
      'gauge',
      'Whether the Secret has another password than the proxy.',
      common,
      [[{}, yes(view.passwordOutdated)]],
    ),
    ...POOL.map(([field, type, help]) =>
      family(nameOf(field, type), type, help, common, field in pool ? [[{}, pool[field]]] : []),
    ),
    ...SERVER.map(([field, type, help]) =>
      family(`twemproxy_shard_${nameOf(field, type, false)}`, type, help, common, each(field)),
    ),
  ].join('');
}

/** `client_eof` -> `twemproxy_client_eof_total`; that of a server is called that of a shard. */
function nameOf(field: string, type: 'gauge' | 'counter', prefixed = true): string {
  const name = `${field.replace(/^server_(?=connections|eof|err|timedout)/, '')}`;
  return `${prefixed ? 'twemproxy_' : ''}${name}${type === 'counter' ? '_total' : ''}`;
}
