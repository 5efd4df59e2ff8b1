import type { Environment } from '../core/environment';
import { checkPlacement, type PlacementProps } from '../core/placement';
import type { Finding } from '../core/problem';
import type { RedisModel } from './redis-model';
import { MOST_REPLICAS } from './redis-names';
import type { RedisClusterProps, RedisReplicationProps, RedisStandaloneProps } from './redis-props';
import { checkShards } from './redis-validate-shards';

const finding = (what: string, message: string): Finding => ({ code: `redis/${what}`, message });

/** What is wrong with how many servers there are, and where they run. */
export function checkTopology(model: RedisModel, environment: Environment): Finding[] {
  switch (model.topology) {
    case 'standalone':
      return checkStandalone(model, environment);
    case 'replication':
      return [
        ...checkReplicas(model, 1, environment),
        ...checkFounders(model),
        ...checkSentinels(model, environment),
        ...checkPlacement(environment, model.props.placement ?? {}, 0),
      ];
    case 'cluster':
      return [
        ...checkReplicas(model, 0, environment),
        ...checkShards(model),
        ...checkNodes(model),
        // A majority of masters elects who takes the place of one of them.
        ...checkPlacement(environment, model.props.placement ?? {}, model.shards.length),
      ];
  }
}

function checkStandalone({ props }: RedisModel, environment: Environment): Finding[] {
  const findings = checkPlacement(environment, props.placement ?? {}, 1);
  if (environment.isProduction && !(props as RedisStandaloneProps).allowSingleServer)
    findings.push(
      finding(
        'standalone',
        `a single server in production: nothing takes its place when it fails or moves; use RedisReplication, say so by allowSingleServer: true, or give the environment "${environment.name}" durability: 'development'`,
      ),
    );
  return findings;
}

/** What is wrong with the replicas of each shard, of which there are at least `least`. */
function checkReplicas(model: RedisModel, least: number, environment: Environment): Finding[] {
  const { topology, props, minReplicasToWrite, minReplicasMaxLag } = model;
  const { replicas = topology === 'cluster' ? 1 : 2 } = props as RedisReplicationProps | RedisClusterProps;
  const findings: Finding[] = [];
  const found = (message: string) => findings.push(finding('replicas', message));
  if (!Number.isInteger(replicas) || replicas < least || replicas > MOST_REPLICAS) {
    const single = least > 0 && replicas === 0 ? ', or use RedisStandalone' : '';
    found(`replicas: ${replicas}; give a whole number from ${least} to ${MOST_REPLICAS}${single}`);
    return findings;
  }
  if (environment.isProduction && replicas === 0)
    found(
      'replicas: 0 in production: a shard that loses its master loses its slots, and with them their keys; give at least 1',
    );
  findings.push(...checkSpread(replicas, props.placement?.spread, environment));
  if (!Number.isInteger(minReplicasToWrite) || minReplicasToWrite < 0 || minReplicasToWrite > replicas)
    found(
      `minReplicasToWrite: ${minReplicasToWrite}; a master has ${replicas} replicas, and with more than there are it takes no write; give a whole number from 0 to ${replicas}`,
    );
  if (!Number.isInteger(minReplicasMaxLag) || minReplicasMaxLag < 2)
    found(
      `minReplicasMaxLag: ${minReplicasMaxLag} s; replicas tell once a second how far they are, so give whole seconds from 2`,
    );
  return findings;
}

/** Copies in one zone are lost together. With three zones and more, further replicas are spread evenly over them. */
function checkSpread(
  replicas: number,
  spread: PlacementProps['spread'] = 'zone',
  environment: Environment,
): Finding[] {
  const { zones = [] } = environment.props;
  if (!environment.isProduction || spread !== 'zone' || zones.length === 0) return [];
  if (zones.length >= Math.min(3, replicas + 1)) return [];
  const lower = zones.length > 1 ? `, lower replicas to ${zones.length - 1},` : '';
  return [
    finding(
      'replicas',
      `replicas: ${replicas} and their master cannot each have a zone, the environment "${environment.name}" has ${zones.length} (${zones.join(', ')}); add a zone${lower} or set placement.spread to 'host'`,
    ),
  ];
}

function checkFounders({ props, replicas }: RedisModel): Finding[] {
  const { founders = replicas + 1 } = props as RedisReplicationProps;
  if (Number.isInteger(founders) && founders >= 1) return [];
  const message = `founders: ${founders}; give the number of servers that it was formed with, the master among them`;
  return [finding('founders', message)];
}

function checkSentinels({ sentinel, props }: RedisModel, environment: Environment): Finding[] {
  if (!sentinel) return [];
  const findings = checkPlacement(environment, sentinel.placement, sentinel.members.length);
  const found = (message: string) => findings.push(finding('sentinels', message));
  const { count = 3 } = (props as RedisReplicationProps).sentinels ?? {};
  const { quorum, downAfter, failoverTimeout } = sentinel;
  if (count !== 3 && count !== 5) {
    const few = count < 3 ? ' (with fewer, none can be missed for a majority to decide)' : '';
    const even = count === 4 ? ' (an even number misses no more than one less)' : '';
    found(`sentinels.count: ${count}; there are 3 or 5${few}${even}; choose one of these`);
  } else if (!Number.isInteger(quorum) || quorum < 2 || quorum > count)
    found(
      `sentinels.quorum: ${quorum}; so many of ${count} must miss the master, where one alone may be the one that is cut off; give 2 to ${count}, best ${Math.floor(count / 2) + 1}`,
    );
  for (const [what, given] of Object.entries({ downAfter, failoverTimeout })) {
    if (!Number.isInteger(given) || given < 1000)
      found(`sentinels.${what}: ${given} ms; give whole milliseconds, at least a second`);
  }
  if (failoverTimeout < 2 * downAfter)
    found(
      `sentinels.failoverTimeout: ${failoverTimeout} ms is less than twice downAfter, ${downAfter} ms, and an attempt would be given up before the new master is known to live; give at least ${2 * downAfter} ms`,
    );
  return findings;
}

function checkNodes({ cluster }: RedisModel): Finding[] {
  if (!cluster) return [];
  const { nodeTimeout, slotsAtATime } = cluster;
  const findings: Finding[] = [];
  if (!Number.isInteger(nodeTimeout) || nodeTimeout < 1000)
    findings.push(
      finding('nodes', `nodeTimeout: ${nodeTimeout} ms; give whole milliseconds, at least a second`),
    );
  if (!Number.isInteger(slotsAtATime) || slotsAtATime < 1 || slotsAtATime > 16384)
    findings.push(finding('nodes', `slotsAtATime: ${slotsAtATime}; give a whole number from 1 to 16384`));
  return findings;
}
