import type { Effect, ObjectChange, Rendering } from '../types';
import { around } from './around';
import { brokers } from './brokers';
import { certificates, secrets } from './certificates';
import { claims } from './claims';
import { type Cluster, clusterOf, titled } from './cluster';
import { configFiles, programs } from './config-files';
import { etcd } from './etcd';
import { jobs } from './jobs';
import { kafka } from './kafka';
import { leftovers } from './leftovers';
import { members } from './members';
import { operations } from './operations';
import { presence } from './presence';
import { anotherShape, redis } from './redis';
import { redisRestarts } from './redis-restarts';
import { restarts } from './restarts';
import type { Side } from './side';
import { stewardPod } from './steward-pod';
import { twemproxy } from './twemproxy';
import { zookeeper } from './zookeeper';

/** A cluster of ours, with everything of it that changes. */
export interface ClusterChange {
  /** As label `app.kubernetes.io/name` has it, such as `kafka`. */
  readonly system: string;
  /** As label `cdk8s-stateful/cluster` has it. */
  readonly name: string;
  readonly namespace?: string;
  /** Objects that carry the cluster's label, or are named after it, and differ; objects that are the same are left out. */
  readonly changes: readonly ObjectChange[];
  /** Everything, of all clusters. */
  readonly before: Rendering;
  readonly after: Rendering;
}

/** What we know of a cluster of ours. */
export interface ClusterEffects {
  readonly effects: readonly Effect[];
  /**
   * What plain Kubernetes rules are still to judge: the changes without the fields, and without the objects, that
   * `effects` speak of. An object of which nothing is left is missing.
   */
  readonly rest: readonly ObjectChange[];
  /** What nobody can judge, in words. */
  readonly unknown: readonly string[];
}

/** What each system has of its own; true where servers cannot be restarted into what was applied in the usual way. */
const SYSTEMS = { zookeeper, kafka, etcd, redis } as const;

/** What applying a change does to a cluster of ours, beyond what Kubernetes itself defines. */
export function clusterEffects(change: ClusterChange): ClusterEffects {
  if (change.system === 'twemproxy') return twemproxy(change);
  const cluster = clusterOf(change);
  const { report, system, name, was, is } = cluster;
  const own = SYSTEMS[system as keyof typeof SYSTEMS];
  // What is labelled after a cluster of another namespace, such as a consumer's certificate, is no cluster.
  if (!own || (was.sets.size === 0 && is.sets.size === 0)) {
    return { effects: [], rest: change.changes, unknown: [] };
  }
  const object = unreadable(cluster);
  if (object) {
    const text = `${object}: gate.json is missing or cannot be read, so nobody knows who the members of ${name} are; what is told of it is what Kubernetes itself says`;
    return { effects: [], rest: change.changes, unknown: [text] };
  }
  if (!presence(cluster) && !anotherShape(cluster)) {
    operations(cluster);
    const blocked = own(cluster);
    members(cluster);
    if (system === 'kafka') brokers(cluster);
    claims(cluster);
    if (system === 'redis') redisRestarts(cluster, blocked);
    else restarts(cluster, blocked);
    configFiles(cluster);
    programs(cluster);
    stewardPod(cluster);
    certificates(cluster);
    secrets(cluster);
    jobs(cluster);
    around(cluster);
    leftovers(cluster);
  }
  return { effects: report.effects, rest: report.rest(), unknown: report.unknown };
}

/** The ConfigMap of a cluster whose members nobody can tell. */
function unreadable(cluster: Cluster): string | undefined {
  const known = ({ sets, gate }: Side) => sets.size === 0 || gate.cluster !== undefined;
  return known(cluster.was) && known(cluster.is)
    ? undefined
    : titled(cluster, 'ConfigMap', `${cluster.name}-config`);
}
