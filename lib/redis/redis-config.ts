import { bytesOf } from '../core/quantity';
import { confLine } from './gate/redis-conf';
import { bytesIn, isLive, settingText, takesWords } from './redis-config-keys';
import { replicaBuffer, replicationBacklog } from './redis-memory';
import type { RedisModel } from './redis-model';
import { PORTS, SECRETS } from './redis-names';
import type { RedisSavePoint } from './redis-props';

/** Settings in the order in which they are written; what is undefined is left out. */
type Settings = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Snapshots as Redis itself takes them: `save 3600 1 300 100 60 10000`. */
const SAVE_POINTS = '3600 1 300 100 60 10000';

const BACKLOG = 'repl-backlog-size';
const OUTPUT_BUFFER = 'client-output-buffer-limit';

/** Limits of clients that are no replicas, as Redis itself has them. */
const OTHER_LIMITS = { normal: '0 0 0', slave: '', pubsub: '33554432 8388608 60' };

/**
 * What servers read when they start and no `CONFIG SET` changes, the same for all; each one's gate adds what is its own.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/config/
 */
export function redisConf(model: RedisModel): string {
  return sectionsText([
    ['network', network(model, PORTS.server)],
    ['TLS', tls(model)],
    ['memory', model.props.maxmemory ? {} : memorySettings(model)],
    ['cluster', clusterSettings(model)],
    ['further', given(model, (key) => !isLive(key))],
  ]);
}

/** What is changed while servers run, as `CONFIG GET` tells it. */
export function liveSettings(model: RedisModel): Record<string, string> {
  const settings = Object.assign({}, ...liveSections(model).map(([, section]) => section)) as Settings;
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value === undefined || typeof value === 'object' ? [] : [[key, settingText(key, value)]],
    ),
  );
}

/** The same as a part of redis.conf, for servers that start. */
export function liveConf(model: RedisModel): string {
  const texts = liveSettings(model);
  return sectionsText(
    liveSections(model).map(([title, settings]) => [
      title,
      Object.fromEntries(Object.keys(settings).map((key) => [key, texts[key]])),
    ]),
  );
}

/** What Sentinels read when they start, beside what each one's gate adds: the master, its password, their state. */
export function sentinelConf(model: RedisModel): string {
  return sectionsText([
    ['network', network(model, PORTS.sentinel)],
    ['TLS', tls(model)],
    // Addresses change with every pod, names do not.
    ['names', { 'sentinel resolve-hostnames': true, 'sentinel announce-hostnames': true }],
  ]);
}

function liveSections(model: RedisModel): [string, Settings][] {
  const { maxmemoryPolicy, persistence, props, replicas, cluster } = model;
  return [
    ['memory', { ...(props.maxmemory && memorySettings(model)), 'maxmemory-policy': maxmemoryPolicy }],
    [
      'persistence',
      {
        appendonly: persistence.includes('aof'),
        appendfsync: persistence.includes('aof') ? (props.appendfsync ?? 'everysec') : undefined,
        save: persistence.includes('rdb') ? savePoints(props.save) : '',
      },
    ],
    [
      'replication',
      {
        'min-replicas-to-write': replicas > 0 ? model.minReplicasToWrite : undefined,
        'min-replicas-max-lag': replicas > 0 ? model.minReplicasMaxLag : undefined,
      },
    ],
    [
      'cluster',
      {
        'cluster-node-timeout': cluster?.nodeTimeout,
        'cluster-require-full-coverage': cluster?.requireFullCoverage,
      },
    ],
    ['further', furtherLive(model)],
  ];
}

/**
 * What follows from the memory of a server, and so changes with its restart: a server that was given more before its limit has
 * grown would be killed for it. A maxmemory that was chosen can be changed without.
 */
function memorySettings(model: RedisModel): Settings {
  const { maxmemory, replicas, props } = model;
  const chosen = props.configuration ?? {};
  const buffered = replicas > 0 && !chosen[OUTPUT_BUFFER];
  return {
    maxmemory: bytesOf(maxmemory),
    [BACKLOG]: replicas > 0 && !chosen[BACKLOG] ? replicationBacklog(maxmemory) : undefined,
    [OUTPUT_BUFFER]: buffered ? outputBuffers(model) : undefined,
  };
}

function furtherLive(model: RedisModel): Settings {
  const chosen = given(model, isLive);
  const limits = chosen[OUTPUT_BUFFER];
  return limits ? { ...chosen, [OUTPUT_BUFFER]: outputBuffers(model, String(limits)) } : chosen;
}

function network({ tls: encrypted }: RedisModel, port: number): Settings {
  return {
    bind: '* -::*',
    port: encrypted ? 0 : port,
    'tls-port': encrypted ? port : undefined,
    // Whoever has no password may do nothing, which is better than a guess by the address.
    'protected-mode': false,
  };
}

function tls({ tls: encrypted, clientAuthentication, cluster }: RedisModel): Settings {
  if (!encrypted) return {};
  return {
    'tls-cert-file': `${SECRETS.tls}/tls.crt`,
    'tls-key-file': `${SECRETS.tls}/tls.key`,
    'tls-ca-cert-file': `${SECRETS.tls}/ca.crt`,
    'tls-auth-clients': clientAuthentication,
    'tls-replication': true,
    'tls-cluster': cluster ? true : undefined,
  };
}

function clusterSettings({ cluster }: RedisModel): Settings {
  if (!cluster) return {};
  return {
    'cluster-enabled': true,
    'cluster-config-file': 'nodes.conf',
    'cluster-preferred-endpoint-type': 'hostname',
    // A replica stays in its shard, whose pods are spread so that one of them outlives a host.
    'cluster-allow-replica-migration': false,
  };
}

function savePoints(points: readonly RedisSavePoint[] | undefined): string {
  if (!points) return SAVE_POINTS;
  return points.map(({ after, changes }) => `${after.toSeconds({ integral: false })} ${changes}`).join(' ');
}

/** Limits of all classes of clients, as `CONFIG GET` tells them; it still calls replicas by their old name. */
function outputBuffers({ memory, maxmemory }: RedisModel, text = ''): string {
  const hard = replicaBuffer(memory, maxmemory);
  const limits: Record<string, string> = { ...OTHER_LIMITS, slave: `${hard} ${hard / 2} 60` };
  for (const [, name, ...limit] of text.matchAll(/(\w+)\s+(\S+)\s+(\S+)\s+(\d+)/g)) {
    const [max, soft, seconds] = limit;
    limits[name === 'replica' ? 'slave' : name] = `${bytesIn(max)} ${bytesIn(soft)} ${seconds}`;
  }
  return Object.entries(limits)
    .map(([name, limit]) => `${name} ${limit}`)
    .join(' ');
}

/** Settings of `configuration` that are to be kept, sorted. */
function given({ props }: RedisModel, keep: (key: string) => boolean): Settings {
  return Object.fromEntries(
    Object.entries(props.configuration ?? {})
      .filter(([key, value]) => value !== undefined && keep(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Sections of redis.conf, each below a comment with its title. */
function sectionsText(sections: readonly (readonly [title: string, settings: Settings])[]): string {
  const blocks = sections.map(([title, settings]) => {
    const lines = Object.entries(settings).flatMap(([key, value]) => linesOf(key, value));
    return lines.length > 0 ? [`# ${title}`, ...lines, ''].join('\n') : '';
  });
  return blocks.filter(Boolean).join('\n');
}

function linesOf(key: string, value: Settings[string]): string[] {
  if (value === undefined) return [];
  if (typeof value === 'object') return value.flatMap((one) => linesOf(key, one));
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return [confLine(key, ...(takesWords(key) && text !== '' ? text.split(' ') : [text]))];
}
