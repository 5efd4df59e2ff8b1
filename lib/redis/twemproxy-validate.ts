import type { Environment } from '../core/environment';
import { checkClusterName, checkNamespace } from '../core/names';
import { checkPlacement } from '../core/placement';
import type { Finding } from '../core/problem';
import { bytesOf, quantityOf } from '../core/quantity';
import type { TwemproxyModel, TwemproxyShardModel } from './twemproxy-model';

const MEMORY_OF_ITSELF = 16 * 1024 ** 2;

/** What is wrong with a proxy; `namespace` is that of its chart. */
export function checkTwemproxy(
  model: TwemproxyModel,
  environment: Environment,
  namespace: string | undefined,
): Finding[] {
  const { props } = model;
  return [
    ...checkClusterName(model.name),
    ...checkNamespace(namespace),
    ...checkShards(model),
    ...checkLayout(model),
    ...checkNumbers(model),
    ...checkAvailability(model, environment),
    ...checkPlacement(environment, props.placement ?? {}, 0),
  ];
}

function checkShards({ shards, leaving, use, namespace, name }: TwemproxyModel): Finding[] {
  const findings: Finding[] = [];
  if (shards.length < 2)
    findings.push(
      finding(
        'shards',
        `shards: ${shards.length} given, and keys of one need no proxy; give at least two, or grant access to the Redis itself`,
      ),
    );
  const all = [...shards, ...leaving];
  for (const shard of all) findings.push(...checkShard(shard, use, namespace));
  const names = new Set(shards.map((shard) => shard.name));
  for (const shard of leaving)
    if (names.has(shard.name))
      findings.push(
        finding('shards', `leaving: "${shard.name}" is one of shards, too; take it out of one of them`),
      );
  for (const [index, { name: one, redis }] of all.entries()) {
    const other = all.slice(0, index).find((each) => each.redis === redis);
    if (other && other.name !== one)
      findings.push(
        finding(
          'shards',
          `shards: "${other.name}" and "${one}" are both the Redis "${redis.name}"; give each shard servers of its own`,
        ),
      );
    if (redis.name === name)
      findings.push(
        finding(
          'shards',
          `name "${name}" is that of the Redis of shard "${one}", whose Service would be the proxy's; choose another name`,
        ),
      );
  }
  if (use === 'cache' && leaving.length > 0)
    findings.push(
      finding(
        'shards',
        'leaving: keys of a cache are not moved, but made anew; leave it out, or set use to "store"',
      ),
    );
  return findings;
}

function checkShard(
  { name, redis }: TwemproxyShardModel,
  use: TwemproxyModel['use'],
  namespace: string,
): Finding[] {
  const what = `shard "${name}"`;
  const findings: Finding[] = [];
  const refuse = (message: string) => findings.push(finding('shards', `${what}: ${message}`));
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63)
    refuse('its name decides on which keys it has; use lower-case letters, digits and "-", at most 63');
  if (redis.topology === 'cluster')
    refuse(
      `"${redis.name}" is a Redis Cluster, whose nodes send clients from one to another, which twemproxy does not know; ` +
        'have clients use the Redis Cluster itself, or give a RedisReplication',
    );
  else if (redis.topology !== 'replication')
    refuse(`"${redis.name}" is a single server, and nothing takes its place; give a RedisReplication`);
  if (redis.tls) refuse(`"${redis.name}" speaks TLS only, and twemproxy none; leave its tls out`);
  if (!redis.steward)
    refuse(
      `"${redis.name}" has operations: 'none', and it is the steward who makes its Service follow the master and its users; leave operations out`,
    );
  if (redis.namespace !== namespace)
    refuse(
      `"${redis.name}" is in the namespace "${redis.namespace}", and the proxy in "${namespace}", where their password is; put both into one`,
    );
  if (use === 'store' && redis.use === 'cache')
    refuse(`"${redis.name}" is a cache, which may lose keys; set use to "cache" here, or to "store" there`);
  if (use === 'store' && redis.maxmemoryPolicy !== 'noeviction')
    refuse(
      `"${redis.name}" evicts keys (${redis.maxmemoryPolicy}), among them those that say where keys are; set its maxmemoryPolicy to "noeviction"`,
    );
  if (use === 'store' && !redis.keepsData)
    refuse(`"${redis.name}" keeps nothing on disk; give it persistence and storage, or set use to "cache"`);
  if (use === 'cache' && redis.maxmemoryPolicy === 'noeviction')
    refuse(
      `"${redis.name}" refuses writes once it is full; set its use to "cache", or its maxmemoryPolicy to "allkeys-lru"`,
    );
  return findings;
}

function checkLayout({ props, use, ejection }: TwemproxyModel): Finding[] {
  const findings: Finding[] = [];
  const { hashTag } = props;
  if (hashTag !== undefined && !/^[!-~]{2}$/.test(hashTag))
    findings.push(
      finding('layout', `hashTag ${JSON.stringify(hashTag)} is not two characters; give such as "{}"`),
    );
  const arch = props.placement?.nodeSelector?.['kubernetes.io/arch'];
  if (props.hash === 'fnv1a_64' && arch !== undefined && arch !== 'amd64')
    findings.push(
      finding(
        'layout',
        `hash "fnv1a_64" puts keys elsewhere on ${arch}, and placement.nodeSelector demands it; use hash "md5", or nodes of amd64`,
      ),
    );
  if (use === 'store' && ejection)
    findings.push(
      finding(
        'ejection',
        'ejection: keys of a shard that is away would be written to others, and never be found again; leave it out, or set use to "cache"',
      ),
    );
  return findings;
}

function checkNumbers(model: TwemproxyModel): Finding[] {
  const { props, mbufSize, memory, ejection } = model;
  const findings: Finding[] = [];
  const whole = (what: string, given: number, least = 1) => {
    if (!Number.isInteger(given) || given < least)
      findings.push(finding('numbers', `${what}: ${given}; give a whole number from ${least}`));
  };
  whole('timeout in milliseconds', model.timeout);
  whole('serverConnections', model.serverConnections);
  whole('replicas', model.replicas);
  whole('clientConnections', props.clientConnections ?? 1);
  if (ejection) {
    whole('ejection.failures', ejection.failures);
    whole('ejection.retryAfter in milliseconds', ejection.retryAfter);
  }
  if (mbufSize < 512 || mbufSize > 16 * 1024 ** 2 || !Number.isInteger(mbufSize))
    findings.push(finding('memory', `mbufSize: ${mbufSize} bytes; give 512 bytes to 16 MiB`));
  const needed = MEMORY_OF_ITSELF + 2 * mbufSize * (props.clientConnections ?? 1000);
  if (bytesOf(memory) < needed)
    findings.push(
      finding(
        'memory',
        `memory ${quantityOf(memory)} does not hold two pieces of mbufSize for each of ${props.clientConnections ?? 1000} ` +
          `clientConnections; give at least ${Math.ceil(needed / 1024 ** 2)}Mi, a smaller mbufSize, or fewer`,
      ),
    );
  return findings;
}

function checkAvailability({ replicas }: TwemproxyModel, environment: Environment): Finding[] {
  if (replicas !== 1 || !environment.isProduction) return [];
  return [
    finding('replicas', 'replicas: 1, and clients reach no shard while it is replaced; give at least 2'),
  ];
}

function finding(what: string, message: string): Finding {
  return { code: `twemproxy/${what}`, message };
}
