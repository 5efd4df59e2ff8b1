import { LABEL_PREFIX } from '../../core/names';
import type { Effect } from '../types';
import { type Cluster, compared, titled } from './cluster';
import { objectOf } from './report';
import type { Side } from './side';
import { does, few, named, show } from './words';

interface Broker {
  readonly id: number;
  readonly leaving: boolean;
  readonly rack?: string;
}

function brokersOf({ gate, settings }: Side): Broker[] {
  const told = new Map<number, Broker>((settings.brokers ?? []).map((broker: Broker) => [broker.id, broker]));
  return ((gate.brokers ?? []) as { id: number }[]).map(({ id }) => ({
    id,
    leaving: told.get(id)?.leaving ?? false,
    rack: told.get(id)?.rack,
  }));
}

/** Brokers that come, are to be emptied, or are dropped. */
export function brokers(cluster: Cluster): void {
  const { report, was, is } = cluster;
  report.settle('gate.brokers', 'settings.brokers', 'settings.sets', 'settings.combined');
  const [old, now] = [brokersOf(was), brokersOf(is)];
  const { came, went, stayed } = compared(old, now, ({ id }) => id);
  takeObjects(
    cluster,
    [...came, ...went].map(({ id }) => id),
  );
  if (came.length > 0) report.tell(comes(cluster, came, old));
  const leftBefore = went.filter(({ leaving }) => leaving);
  const dropped = went.filter(({ leaving }) => !leaving);
  if (leftBefore.length > 0) report.tell(goes(cluster, leftBefore));
  if (dropped.length > 0) report.tell(drops(cluster, dropped));
  const leaving = stayed
    .filter(([before, after]) => !before.leaving && after.leaving)
    .map(([, after]) => after);
  if (leaving.length > 0) report.tell(leaves(cluster, leaving, now));
  const back = stayed.filter(([before, after]) => before.leaving && !after.leaving).map(([, after]) => after);
  if (back.length > 0) {
    report.tell({
      ...about(cluster, back, 'leaving'),
      verdict: 'applied-live',
      what: `${namedAll(back)} ${does(back.length, 'stays', 'stay')} after all: ${does(back.length, 'it runs', 'they run')}, and may be given partitions again`,
    });
  }
  for (const [before, after] of stayed) moved(cluster, before, after);
}

const idsOf = (all: readonly Broker[]): number[] => all.map(({ id }) => id);
const namedAll = (all: readonly Broker[]): string => named('broker', idsOf(all));

function about(
  cluster: Cluster,
  [first]: readonly Broker[],
  field: string,
): Pick<Effect, 'object' | 'field'> {
  return {
    object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
    field: `SETTINGS.brokers[${first.id}].${field}`,
  };
}

const setOf = (cluster: Cluster, [first]: readonly Broker[]): Pick<Effect, 'object'> => ({
  object: titled(cluster, 'StatefulSet', `${cluster.name}-broker-${first.id}`),
});

/** What belongs to a broker that comes or goes is told with it. */
function takeObjects({ report, changes }: Cluster, ids: readonly number[]): void {
  for (const change of changes) {
    const member = objectOf(change).metadata.labels?.[`${LABEL_PREFIX}/member`];
    const whole = !change.before || !change.after;
    if (whole && member !== undefined && ids.includes(Number(member))) report.take(change);
  }
}

function comes(cluster: Cluster, came: readonly Broker[], old: readonly Broker[]): Effect {
  const { is } = cluster;
  const where = setOf(cluster, came);
  const who = `${namedAll(came)} ${does(came.length, 'comes', 'come')}`;
  if (is.settings.combined) {
    return {
      ...where,
      verdict: 'applied-live',
      what: `${who}, and ${does(came.length, 'gets no vote', 'get no votes')}: the number of servers that are controllers, too, cannot change`,
      instead: 'make a cluster with controllers of their own',
      needsYes: true,
    };
  }
  const highest = Math.max(-1, ...idsOf(old));
  const again = came.filter(({ id }) => id < highest);
  const { throttle = 0, automatic = true } = is.settings.reassignment ?? {};
  const share = !is.steward
    ? `empty, and nobody moves partitions to ${does(came.length, 'it', 'them')}`
    : automatic
      ? `and ${does(came.length, 'gets its share', 'get their share')} of the partitions, at most ${Math.round(throttle / 1024 ** 2)} MiB a second`
      : 'empty, until topics are made (reassignment.automatic is false)';
  const reused =
    again.length > 0
      ? `. Where ${namedAll(again)} existed before, ${does(again.length, 'its claim', 'their claims')} may still be there, with what ${does(again.length, 'it', 'they')} held then`
      : '';
  return {
    ...where,
    verdict: 'applied-live',
    what: `${who} with a pod and volumes of ${does(came.length, 'its', 'their')} own, ${share}${reused}`,
    ...(again.length > 0 && {
      instead: 'take ids that were never used, or see that no claims of theirs are left',
      needsYes: true,
    }),
  };
}

/** It was to be emptied, which the manifests cannot prove. */
function goes(cluster: Cluster, went: readonly Broker[]): Effect {
  const one = went.length === 1;
  return {
    ...setOf(cluster, went),
    verdict: 'applied-live',
    what: `${namedAll(went)}, which ${does(went.length, 'was', 'were')} leaving, ${does(went.length, 'is', 'are')} dropped from the list; claims stay`,
    instead: `see first that the status says that ${one ? 'it has' : 'they have'} left: kubectl get configmap ${cluster.name}-status${cluster.namespace ? ` -n ${cluster.namespace}` : ''} -o yaml`,
    needsYes: true,
  };
}

function drops(cluster: Cluster, dropped: readonly Broker[]): Effect {
  const { is, name } = cluster;
  const many = dropped.length;
  const by = is.steward
    ? ' as leaving (brokers.leaving), and drop'
    : ', move partitions away by kafka-reassign-partitions.sh, and drop';
  return {
    ...setOf(cluster, dropped),
    verdict: 'data-lost',
    what:
      `${namedAll(dropped)} ${does(many, 'is', 'are')} dropped without having left: partitions lose the copies that ${does(many, 'it holds', 'they hold')}, and ` +
      `what has no other copy is lost with ${does(many, 'it', 'them')}; ${does(many, 'the claim', 'the claims')} data-0-${name}-broker-${dropped[0].id}-0${many > 1 ? ', …' : ''} ${does(many, 'stays', 'stay')}`,
    instead: `keep ${does(many, 'it', 'them')} in the list${by} ${does(many, 'it', 'them')} when ${does(many, 'it is', 'they are')} empty: docs/kafka.md#removing-brokers`,
    needsYes: true,
  };
}

interface Topic {
  readonly name: string;
  readonly replicationFactor: number;
  readonly delete?: boolean;
}

function leaves(cluster: Cluster, leaving: readonly Broker[], all: readonly Broker[]): Effect {
  const { settings } = cluster.is;
  const staying = all.filter((broker) => !broker.leaving).length;
  const topics: Topic[] = settings.wanted?.topics ?? [];
  const stuck = topics.filter((topic) => !topic.delete && topic.replicationFactor > staying);
  const throttle = Math.round((settings.reassignment?.throttle ?? 0) / 1024 ** 2);
  const blocked =
    stuck.length > 0
      ? `. ${few(
          stuck.map(({ name }) => name),
          3,
        )} ${does(stuck.length, 'has', 'have')} more copies than the ${staying} brokers that stay, and cannot be moved away`
      : staying < 3
        ? ". Kafka's own topics may have 3 copies, and cannot be moved away to fewer brokers"
        : '';
  return {
    ...about(cluster, leaving, 'leaving'),
    verdict: 'applied-live',
    what: `${namedAll(leaving)} ${does(leaving.length, 'is', 'are')} emptied, at most ${throttle} MiB a second, and then stopped and unregistered; ${does(leaving.length, 'it', 'they')} may be dropped from the list after that${blocked}`,
    from: false,
    to: true,
    ...(blocked !== '' && {
      instead: 'let more brokers stay, or lower the number of copies first',
      needsYes: true,
    }),
  };
}

/** A volume is where it was made. */
function moved(cluster: Cluster, before: Broker, after: Broker): void {
  if (before.rack === after.rack || before.rack === undefined || after.rack === undefined) return;
  const set = cluster.is.sets.get(`${cluster.name}-broker-${after.id}`);
  if (!set?.spec?.volumeClaimTemplates) return;
  cluster.report.tell({
    ...setOf(cluster, [after]),
    verdict: 'outage',
    what: `broker ${after.id} is bound to ${show(after.rack)} instead of ${show(before.rack)}, and its volumes stay where they were made: unless they can be had in both zones, its pod waits for a node for ever, and no other broker restarts`,
    instead: `keep the zones of the environment in their order, or say overrides: { ${after.id}: { zone: '${before.rack}' } }; another zone takes another broker`,
    field: 'broker.rack',
    from: before.rack,
    to: after.rack,
    needsYes: true,
  });
}
