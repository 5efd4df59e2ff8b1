import { type Cluster, compared, same, titled } from './cluster';
import type { Side } from './side';
import { few, list, show } from './words';

/** What only ZooKeeper has; true where members cannot be restarted into what was applied in the usual way. */
export function zookeeper(cluster: Cluster): boolean {
  cluster.report.settle(
    ...['settings.port', 'gate.port', 'settings.tls', 'gate.tls', 'settings.client', 'settings.wanted'],
    ...['gate.restore', 'gate.transactionLogVolume'],
  );
  const blocked = [quorumTls(cluster), quorumLogin(cluster), clientTls(cluster)];
  required(cluster);
  restore(cluster);
  znodes(cluster);
  return blocked.includes(true);
}

const cfgOf = (side: Side): Readonly<Record<string, string>> => side.read('zoo.cfg');

const inCfg = (cluster: Cluster, key: string) => ({
  object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
  field: `data[zoo.cfg].${key}`,
  from: cfgOf(cluster.was)[key],
  to: cfgOf(cluster.is)[key],
});

function quorumTls(cluster: Cluster): boolean {
  const about = inCfg(cluster, 'sslQuorum');
  if (about.from === about.to) return false;
  cluster.report.tell({
    ...about,
    verdict: 'outage',
    what: `members are to talk ${about.to ? 'TLS' : 'plain text'} among themselves, and those with and without TLS do not understand one another: the first member that restarts finds nobody, and the others wait for it`,
    instead: `say quorum: ${about.to ? 'false' : 'true'} in tls, as the ensemble was made`,
    needsYes: true,
  });
  return true;
}

function quorumLogin(cluster: Cluster): boolean {
  const about = inCfg(cluster, 'quorum.auth.enableSasl');
  if (about.from === about.to) return false;
  cluster.report.tell({
    ...about,
    verdict: 'outage',
    what: `members ${about.to ? 'have to' : 'no longer'} log in to one another, and do not accept those that do otherwise: the first member that restarts finds nobody, and the others wait for it`,
    instead:
      'restart all members at once, which interrupts the ensemble for some seconds: docs/zookeeper.md#passwords',
    needsYes: true,
  });
  return true;
}

type Mode = 'off' | 'optional' | 'required';

function modeOf(side: Side): Mode {
  const { secureClientPort, clientPortAddress } = cfgOf(side);
  if (secureClientPort === undefined) return 'off';
  return clientPortAddress === undefined ? 'optional' : 'required';
}

function clientTls(cluster: Cluster): boolean {
  const [from, to] = [modeOf(cluster.was), modeOf(cluster.is)];
  if (from === to) return false;
  const about = {
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: 'data[zoo.cfg].secureClientPort',
    from,
    to,
  };
  if (from !== 'optional' && to !== 'optional') {
    cluster.report.tell({
      ...about,
      verdict: 'outage',
      what: `tls.clients goes from ${from} to ${to} in one step: ${cluster.is.steward ? 'clients and the steward talk in the new way alone, which members that have yet to restart do not know, so nobody restarts them' : 'gates and clients talk in the new way alone, which members that have yet to restart do not know'}`,
      instead: "go over 'optional': make it optional, move all clients, and then take the next step",
      needsYes: true,
    });
    return true;
  }
  if (to === 'optional') {
    cluster.report.tell({
      ...about,
      verdict: 'applied-live',
      what: 'clients may use TLS on 2281 beside plain text on 2181, once members have restarted',
    });
    return false;
  }
  const port = to === 'required' ? 2181 : 2281;
  cluster.report.tell({
    ...about,
    verdict: 'outage',
    what: `port ${port} is closed to clients: those that still use ${to === 'required' ? 'plain text' : 'TLS'} cannot connect to members that were restarted`,
    instead: `move all clients to ${to === 'required' ? 2281 : 2181} before`,
    needsYes: true,
  });
  return false;
}

function required(cluster: Cluster): void {
  const about = inCfg(cluster, 'enforce.auth.enabled');
  if (about.from === about.to || about.to !== 'true') return;
  cluster.report.tell({
    ...about,
    verdict: 'outage',
    what: 'sessions have to log in by SASL: clients that do not are refused by every member that was restarted',
    instead: 'give every client its login first',
    needsYes: true,
  });
}

function restore(cluster: Cluster): void {
  const { was, is, report } = cluster;
  const [from, to] = [was.gate.restore, is.gate.restore] as (string | undefined)[];
  if (from === to) return;
  report.tell({
    verdict: 'nothing',
    what: to
      ? `the backup ${show(to)} is not restored: the ensemble exists, and a disk that has been used is left alone`
      : `the backup ${show(from)} is not named any more; what was restored stays`,
    ...(to && {
      instead:
        'give restore to an ensemble of another name, or delete the StatefulSet and its claims before: docs/zookeeper.md#restore',
      needsYes: true,
    }),
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: 'data[gate.json].restore',
    from,
    to,
  });
}

interface Znode {
  readonly path: string;
  readonly acl?: readonly { readonly scheme: string; readonly id: string; readonly perms: number }[];
}

function znodes(cluster: Cluster): void {
  const { was, is, report } = cluster;
  if (!was.steward || !is.steward) return;
  const [old, now]: Znode[][] = [was, is].map(({ settings }) => settings.wanted?.znodes ?? []);
  const object = titled(cluster, 'Deployment', `${cluster.name}-steward`);
  const { came, went, stayed } = compared(old, now, ({ path }) => path);
  const paths = (all: readonly Znode[]) => few(all.map(({ path }) => path));
  if (came.length > 0) {
    const what = `${paths(came)} ${came.length === 1 ? 'is' : 'are'} made where missing${came.some(({ acl }) => acl) ? ', with the ACLs that are declared' : ''}`;
    report.tell({ verdict: 'applied-live', what, object, field: 'SETTINGS.wanted.znodes' });
  }
  if (went.length > 0) {
    const what = `${paths(went)} ${went.length === 1 ? 'is' : 'are'} not asked for any more, and ${went.length === 1 ? 'stays' : 'stay'}: nobody deletes a znode`;
    report.tell({ verdict: 'nothing', what, object, field: 'SETTINGS.wanted.znodes' });
  }
  for (const [before, after] of stayed) {
    if (same(before.acl, after.acl)) continue;
    report.tell({
      verdict: 'applied-live',
      what: after.acl
        ? `the ACL of ${after.path} becomes ${few(after.acl.map(({ scheme, id }) => `${scheme}:${id}`))}: sessions of others are refused there`
        : `the ACL of ${after.path} is not declared any more, and stays as it is`,
      object,
      field: `SETTINGS.wanted.znodes[${after.path}].acl`,
      from: before.acl,
      to: after.acl,
      ...(after.acl && { needsYes: true }),
    });
  }
  const [users, nowUsers]: (string[] | undefined)[] = [was, is].map(
    ({ settings }) => settings.wanted?.reconfigurers,
  );
  if (same(users, nowUsers)) return;
  report.tell({
    verdict: 'applied-live',
    what: nowUsers
      ? `${list(nowUsers)} may change the membership, beside the super user`
      : 'who may change the membership beside the super user is not declared any more, and stays as it is',
    object,
    field: 'SETTINGS.wanted.reconfigurers',
    from: users,
    to: nowUsers,
  });
}
