import { type Cluster, titled } from './cluster';
import { serverOf, shardsOf } from './redis-servers';
import type { Side } from './side';

interface Release {
  readonly flavor: 'redis' | 'valkey';
  /** As 8.2, and as a number by which lines can be compared. */
  readonly line: string;
  readonly order: number;
  readonly image: string;
}

/** The release that servers run, as far as the tag of their image tells it. */
function releaseOf(side: Side): Release | undefined {
  const container = serverOf(side);
  const server = container?.env?.find(({ name }) => name === 'SERVER')?.value;
  const [, major, minor] = /:v?(\d+)\.(\d+)[^:/]*$/.exec(container?.image ?? '') ?? [];
  if (!container || !server || major === undefined) return undefined;
  return {
    flavor: server.startsWith('valkey') ? 'valkey' : 'redis',
    line: `${major}.${minor}`,
    order: Number(major) * 1000 + Number(minor),
    image: container.image,
  };
}

/** The last line of Redis whose data Valkey reads. */
const COMMON = 7002;

/** Another line, which may not read what was written, or writes what the one before cannot read. */
export function redisVersion(cluster: Cluster): void {
  const [from, to] = [releaseOf(cluster.was), releaseOf(cluster.is)];
  if (!from || !to || (from.flavor === to.flavor && from.order === to.order)) return;
  const about = {
    object: titled(cluster, 'StatefulSet', shardsOf(cluster.is)[0].set),
    field: 'spec.template.spec.containers[redis].image',
    from: from.image,
    to: to.image,
    needsYes: true,
  };
  const [old, now] = [from, to].map(
    ({ flavor, line }) => `${flavor === 'redis' ? 'Redis' : 'Valkey'} ${line}`,
  );
  const same = from.flavor === to.flavor;
  const reads = same ? to.order > from.order : to.flavor === 'valkey' && from.order <= COMMON;
  if (reads) {
    cluster.report.tell({
      ...about,
      verdict: 'applied-live',
      what: `once servers run ${now}, ${old} may not read any more what they have written: there is no way back`,
      instead: 'make a backup before',
    });
    return;
  }
  cluster.report.tell({
    ...about,
    verdict: 'outage',
    what: `${now} may not read what ${old} has written, neither from a disk nor from a master: then the first server that restarts does not come back, and the others go on and wait for it`,
    instead: `stay with ${old}, or copy the data into a deployment of another name: docs/redis.md#upgrades`,
  });
}
