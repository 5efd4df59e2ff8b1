import { type Cluster, inGate, titled } from './cluster';

/** TLS that is switched; true where servers cannot be restarted into it one after the other. */
export function redisTls(cluster: Cluster): boolean {
  const { is, report } = cluster;
  const about = inGate(cluster, 'tls');
  if (about.from === about.to) {
    certificatesDemanded(cluster);
    return false;
  }
  const steward = is.steward
    ? 'the steward asks in the new way alone and waits'
    : 'the first server that restarts finds nobody';
  report.tell({
    ...about,
    verdict: 'outage',
    what: `servers are to talk ${is.gate.tls ? 'TLS' : 'plain text'} with clients and with one another, and those with and without TLS cannot talk: ${steward}, until all servers were restarted at once`,
    instead: `keep tls as it was, or delete all pods together with the change of the clients: docs/redis.md#tls`,
    needsYes: true,
  });
  return true;
}

function certificatesDemanded(cluster: Cluster): void {
  const key = 'tls-auth-clients';
  const [from, to] = [cluster.was, cluster.is].map((side) => side.read('redis.conf')[key]);
  if (from === to) return;
  const about = {
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: `data[redis.conf].${key}`,
    from,
    to,
    needsYes: true,
  };
  if (to === 'yes') {
    cluster.report.tell({
      ...about,
      verdict: 'outage',
      what: 'clients have to show a certificate: those without one are refused by every server that was restarted',
      instead: 'give every client its certificate first: grantAccess has one made',
    });
    return;
  }
  cluster.report.tell({
    ...about,
    verdict: 'applied-live',
    what: 'clients need no certificate any more once servers have restarted, and whoever has a password is let in without one',
  });
}
