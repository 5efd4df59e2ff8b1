import type { Effect } from '../types';
import { type Cluster, titled } from './cluster';
import type { Side } from './side';
import { show } from './words';

interface Listener {
  readonly port: string;
  readonly protocol: string;
}

/** Ports of the servers among themselves, which other rules speak of. */
const OWN = ['REPLICATION', 'CONTROLLER'];

const fileOf = ({ files }: Side): 'combined.properties' | 'broker.properties' =>
  files['combined.properties'] === undefined ? 'broker.properties' : 'combined.properties';

const settingsOf = (side: Side): Readonly<Record<string, string>> => side.read(fileOf(side));

function listenersOf(side: Side): Map<string, Listener> {
  const settings = settingsOf(side);
  const protocols = new Map(
    (settings['listener.security.protocol.map'] ?? '')
      .split(',')
      .map((each) => each.split(':') as [string, string]),
  );
  const all = (settings.listeners ?? '').split(',').flatMap((each): [string, Listener][] => {
    const [, name, port] = /^([^:]+):\/\/.*:(\d+)$/.exec(each) ?? [];
    return name && !OWN.includes(name) ? [[name, { port, protocol: protocols.get(name) ?? '' }]] : [];
  });
  return new Map(all);
}

/** Where clients connect, and whether they are asked who they are and what they may do. */
export function listeners(cluster: Cluster): void {
  const { report, was, is } = cluster;
  const [old, now] = [listenersOf(was), listenersOf(is)];
  const about = {
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: `data[${fileOf(is)}].listeners`,
  };
  const tell = (effect: Omit<Effect, 'object'>) => report.tell({ ...about, ...effect });
  for (const [name, { port, protocol }] of old) {
    const next = now.get(name);
    const called = name.toLowerCase();
    if (!next) {
      tell({
        verdict: 'outage',
        what: `listener ${called} (${port}) goes: clients that connect there cannot any more, broker by broker as they restart`,
        instead: 'move all clients to another listener before: docs/kafka.md#turning-tls-or-logins-on',
        from: `${port} ${protocol}`,
        needsYes: true,
      });
    } else if (next.port !== port || next.protocol !== protocol) {
      const what = [
        ...(next.port === port ? [] : [`port ${port} -> ${next.port}`]),
        ...(next.protocol === protocol ? [] : [`${protocol} -> ${next.protocol}`]),
      ].join(', ');
      tell({
        verdict: 'outage',
        what: `listener ${called} changes ${what}: clients of the old one cannot connect to brokers that were restarted`,
        instead:
          'add a listener of another name and port, move all clients, and then take this one away: docs/kafka.md#turning-tls-or-logins-on',
        from: `${port} ${protocol}`,
        to: `${next.port} ${next.protocol}`,
        needsYes: true,
      });
    }
  }
  for (const [name, { port, protocol }] of now) {
    if (old.has(name)) continue;
    tell({
      verdict: 'applied-live',
      what: `listener ${name.toLowerCase()} (${port}, ${protocol}) is there once brokers have restarted`,
      to: `${port} ${protocol}`,
    });
  }
  authorization(cluster);
}

function authorization(cluster: Cluster): void {
  const [from, to] = [cluster.was, cluster.is].map((side) => settingsOf(side)['authorizer.class.name']);
  if ((from === undefined) === (to === undefined)) return;
  const open = settingsOf(cluster.is)['super.users']?.split(';').includes('User:ANONYMOUS') ?? false;
  const about = {
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: `data[${fileOf(cluster.is)}].authorizer.class.name`,
    from,
    to,
  };
  if (to === undefined) {
    cluster.report.tell({
      ...about,
      verdict: 'applied-live',
      what: 'ACLs are not enforced any more: whoever may connect may do everything',
      instead: 'give the users that lack rights their ACLs instead',
      needsYes: true,
    });
  } else if (open) {
    cluster.report.tell({
      ...about,
      verdict: 'applied-live',
      what: 'ACLs are enforced; whoever comes without a name may go on doing everything (User:ANONYMOUS is a super user)',
    });
  } else {
    cluster.report.tell({
      ...about,
      verdict: 'outage',
      what: `ACLs are enforced on all listeners (${show(to.replace(/^.*\./, ''))}): clients without ACLs, and all that come without a name, are refused`,
      instead:
        "give every consumer its rights first, with superUsers: ['User:ANONYMOUS'] until all of them have a name",
      needsYes: true,
    });
  }
}
