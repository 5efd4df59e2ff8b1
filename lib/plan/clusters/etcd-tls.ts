import { type Cluster, inGate } from './cluster';
import { inYaml } from './etcd-fields';

/** TLS that is switched; true where members cannot be restarted into it in the usual way. */
export function etcdTls(cluster: Cluster): boolean {
  const blocked = [peerTls(cluster), clientTls(cluster)];
  certificatesDemanded(cluster);
  return blocked.includes(true);
}

function peerTls(cluster: Cluster): boolean {
  const { was, is, report } = cluster;
  if (was.gate.peerTls === is.gate.peerTls) return false;
  report.tell({
    ...inGate(cluster, 'peerTls'),
    verdict: 'outage',
    what: `members are to talk ${is.gate.peerTls ? 'TLS' : 'plain text'} among themselves, and are known by addresses with ${was.gate.peerTls ? 'https' : 'http'}: the first member that restarts finds nobody, and the others wait for it`,
    instead: `keep tls.peers as it was when the cluster was made${is.gate.peerTls ? ' (peers: false)' : ''}`,
    needsYes: true,
  });
  return true;
}

function clientTls(cluster: Cluster): boolean {
  const { was, is, report } = cluster;
  if (was.gate.clientTls === is.gate.clientTls) return false;
  report.tell({
    ...inGate(cluster, 'clientTls'),
    verdict: 'outage',
    what: `clients are to talk ${is.gate.clientTls ? 'TLS' : 'plain text'}: ${is.steward ? 'the steward asks in the new way alone and waits, and ' : ''}a member talks either one or the other, so that clients lose those that do not talk as they do`,
    instead:
      'delete one pod after the other by hand, each when the one before is ready, together with the clients: docs/etcd.md#tls',
    needsYes: true,
  });
  return true;
}

function certificatesDemanded(cluster: Cluster): void {
  if (cluster.was.gate.clientTls !== cluster.is.gate.clientTls) return;
  const about = inYaml(cluster, 'client-transport-security.client-cert-auth');
  if (about.from === about.to) return;
  if (about.to === 'true') {
    cluster.report.tell({
      ...about,
      verdict: 'outage',
      what: 'clients have to show a certificate: those without one are refused by every member that was restarted',
      instead: 'give every client its certificate first: grantAccess has one made',
      needsYes: true,
    });
  } else {
    cluster.report.tell({
      ...about,
      verdict: 'applied-live',
      what: 'clients need no certificate any more, and whoever reaches the port is let in without one',
      needsYes: true,
    });
  }
}
