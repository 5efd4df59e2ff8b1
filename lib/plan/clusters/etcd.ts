import { ETCD_LINES } from '../../etcd/etcd-version';
import { compareReleases, upgradeObstacle } from '../../etcd/steward/upgrade';
import { type Cluster, inGate, same, titled } from './cluster';
import { etcdAccess } from './etcd-access';
import { inYaml } from './etcd-fields';
import { etcdTls } from './etcd-tls';
import { show } from './words';

/** What only etcd has; true where members cannot be restarted into what was applied in the usual way. */
export function etcd(cluster: Cluster): boolean {
  cluster.report.settle(
    ...[
      'settings.tls',
      'gate.clientTls',
      'settings.peerTls',
      'gate.peerTls',
      'settings.version',
      'gate.version',
    ],
    ...[
      'settings.quota',
      'settings.defragmentation',
      'settings.forceNewCluster',
      'gate.forceNewCluster',
      'gate.token',
    ],
    ...['gate.restore', 'settings.authentication', 'gate.walVolume', 'gate.keepsData', 'gate.operations'],
  );
  const blocked = [etcdTls(cluster), version(cluster), forceNewCluster(cluster)];
  restore(cluster);
  token(cluster);
  quota(cluster);
  defragmentation(cluster);
  etcdAccess(cluster);
  return blocked.includes(true);
}

function version(cluster: Cluster): boolean {
  const { was, is, report } = cluster;
  const [from, to] = [was.gate.version, is.gate.version] as (string | undefined)[];
  if (!from || !to || from === to) return false;
  const obstacle = upgradeObstacle([from], undefined, to);
  if (obstacle) {
    const who = is.steward
      ? 'the steward restarts nobody'
      : 'the gate of the first member that restarts does not let it start, and the others go on';
    report.tell({
      ...inGate(cluster, 'version'),
      verdict: 'refused',
      what: `${who}: ${obstacle.why}`,
      instead: obstacle.todo,
      needsYes: true,
    });
    return true;
  }
  const [line, next] = [from, to].map((release) =>
    ETCD_LINES.find(({ minor }) => release.startsWith(`${minor}.`)),
  );
  if (compareReleases(to, from) > 0 && line?.minor !== next?.minor) {
    report.tell({
      ...inGate(cluster, 'version'),
      verdict: 'applied-live',
      what: `once all members run ${to}, the cluster takes up ${to.split('.').slice(0, 2).join('.')}, and goes back only after etcdctl downgrade enable`,
      instead: 'make a backup before',
      needsYes: true,
    });
  }
  return false;
}

function forceNewCluster(cluster: Cluster): boolean {
  const { was, is, report } = cluster;
  const [from, to] = [was.gate.forceNewCluster, is.gate.forceNewCluster] as (
    | { member: number; confirm: string }
    | undefined
  )[];
  if (same(from, to)) return false;
  if (to) {
    report.tell({
      ...inGate(cluster, 'forceNewCluster'),
      verdict: 'data-lost',
      what: `a new cluster is made of what ${cluster.name}-${to.member} has, once its pod is deleted by hand: what it had not got is lost, and no other member starts meanwhile; nobody is restarted for it`,
      instead:
        'bring a majority back, or restore the newest backup into a cluster of another name: docs/etcd.md#a-majority-is-lost-for-good',
      needsYes: true,
    });
    return true;
  }
  report.tell({
    ...inGate(cluster, 'forceNewCluster'),
    verdict: 'applied-live',
    what: 'forceNewCluster is over: the other members are invited one after the other on empty disks, and what is on volumes of theirs is wiped',
    instead: `see first that the status says that ${cluster.name}-${from?.member} is all there is of the cluster, and that its pod was deleted once more since`,
    needsYes: true,
  });
  return false;
}

function restore(cluster: Cluster): void {
  const { was, is, report } = cluster;
  const [from, to] = [was.gate.restore, is.gate.restore] as (string | undefined)[];
  if (from === to) return;
  report.tell({
    ...inGate(cluster, 'restore'),
    verdict: 'nothing',
    what: to
      ? `the backup ${show(to)} is not restored: the cluster exists, and nothing is ever restored over data`
      : `the backup ${show(from)} is not named any more; what was restored stays`,
    ...(to && {
      instead:
        'give restore to a cluster of another name, or delete the StatefulSet and its claims before: docs/etcd.md#restore',
      needsYes: true,
    }),
  });
}

function token(cluster: Cluster): void {
  const { was, is, report } = cluster;
  const restored = was.gate.restore !== undefined || is.gate.restore !== undefined;
  if (was.gate.token === is.gate.token || restored) return;
  report.tell({
    ...inGate(cluster, 'token'),
    verdict: 'outage',
    what: `the token of the cluster changes from ${was.gate.token} to ${is.gate.token}: members are let in while others serve that know them, and refuse their disks once all of them were down at the same time`,
    instead: "take back what was changed of the environment's name",
    needsYes: true,
  });
}

function quota(cluster: Cluster): void {
  const about = inYaml(cluster, 'quota-backend-bytes');
  if (!(Number(about.to) < Number(about.from))) return;
  const gib = (bytes: unknown) => `${Number((Number(bytes) / 1024 ** 3).toFixed(2))} GiB`;
  cluster.report.tell({
    ...about,
    verdict: 'applied-live',
    what: `the quota goes down from ${gib(about.from)} to ${gib(about.to)}: if the database of a member is larger, etcd refuses all writes`,
    instead: 'look at the size of the database (DB SIZE of etcdctl endpoint status) before',
    needsYes: true,
  });
}

function defragmentation(cluster: Cluster): void {
  const { was, is, report } = cluster;
  const [from, to] = [was.settings.defragmentation, is.settings.defragmentation];
  if (!was.steward || !is.steward || same(from, to)) return;
  report.tell({
    verdict: 'applied-live',
    what: to
      ? `members are defragmented where ${Math.round(to.fragmentation * 100)} % of a file of ${Math.round(to.minimum / 1024 ** 2)} MiB or more is free${to.schedule ? `, and at ${to.schedule}` : ''}`
      : 'members are not defragmented by themselves any more, unless no space is left',
    object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
    field: 'SETTINGS.defragmentation',
    from,
    to,
  });
}
