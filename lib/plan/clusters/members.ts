import type { Effect } from '../types';
import { type Cluster, compared, type Member, titled, type Voters, votersOf } from './cluster';
import { hasSteward } from './operations';
import { wordFor } from './presence';
import { entry, under } from './report';
import { count, does, list, named } from './words';

/** Members that vote, or observe, and come or go: by the steward or by hand. */
export function members(cluster: Cluster): void {
  const { report, system } = cluster;
  report.settle('settings.founders', 'gate.founders', 'settings.members', 'gate.members', 'gate.controllers');
  const voters = votersOf(cluster);
  if (!voters) return;
  const { came, went, stayed } = compared(voters.before, voters.after, ({ id }) => id);
  const set = report.change('StatefulSet', voters.set);
  if (came.length + went.length > 0) {
    report.settle('members-change');
    report.take(report.change('ConfigMap', `${cluster.name}-config`), entry('data', 'gate.json'));
    report.take(set, under('spec.replicas'), under('spec.ordinals'));
    takeBudget(cluster);
  }
  const first = (all: readonly Member[]) => Math.min(...all.map(({ id }) => id));
  if (voters.before.length > 0 && first(voters.before) !== first(voters.after)) {
    report.tell(renumbered(cluster, voters));
    return;
  }
  const promoted = stayed.filter(([before, after]) => !before.votes && after.votes).map(([, after]) => after);
  const demoted = stayed.filter(([before, after]) => before.votes && !after.votes).map(([, after]) => after);
  if (came.length > 0) report.tell(more(cluster, voters, came));
  if (went.length > 0) report.tell(fewer(cluster, voters, went));
  if (promoted.length + demoted.length > 0) {
    const parts = [
      ...(promoted.length > 0
        ? [
            `${named('member', idsOf(promoted))}, ${does(promoted.length, 'an observer', 'observers')} until now, ${does(promoted.length, 'gets a vote', 'get votes')}`,
          ]
        : []),
      ...(demoted.length > 0
        ? [
            `${named('member', idsOf(demoted))} ${does(demoted.length, 'becomes an observer', 'become observers')}`,
          ]
        : []),
    ];
    const by = hasSteward(cluster)
      ? 'by the steward, without a restart'
      : 'by hand, see docs/steward.md#growing';
    report.tell({
      ...about(cluster, voters),
      verdict: 'applied-live',
      what: `${parts.join(', and ')}: ${by}`,
      needsYes: !hasSteward(cluster),
    });
  }
  if (system !== 'kafka' && came.length + went.length === 0) founders(cluster, voters);
}

const idsOf = (all: readonly Member[]): number[] => all.map(({ id }) => id);
const namesOf = ({ set, what }: Voters, ids: readonly Member[]): string =>
  named(what, what === 'controller' ? idsOf(ids) : ids.map(({ id }) => `${set}-${id}`));

function about(cluster: Cluster, { set, before, after }: Voters): Omit<Effect, 'verdict' | 'what'> {
  const sizes = before.length === after.length ? {} : { from: before.length, to: after.length };
  return cluster.is.steward
    ? {
        object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
        field: 'SETTINGS.members',
        ...sizes,
      }
    : { object: titled(cluster, 'StatefulSet', set), field: 'spec.replicas', ...sizes };
}

/** The budget follows from the number of voters. */
function takeBudget({ name, report }: Cluster): void {
  report.take(report.change('PodDisruptionBudget', name));
}

function renumbered(cluster: Cluster, voters: Voters): Effect {
  const [old, now] = [voters.before, voters.after].map((all) => list(idsOf(all)));
  return {
    verdict: 'outage',
    what:
      `the ids of members change from ${old} to ${now}: Kubernetes ends all pods of the old ids at once, and members of new ids have ` +
      `empty volumes and wait at their gates, since the ${wordFor(cluster.system)} exists; its data stays in the old claims`,
    instead: 'take the change of firstId back: ids are fixed when the ensemble is made',
    object: titled(cluster, 'StatefulSet', voters.set),
    field: 'spec.ordinals.start',
    from: voters.before[0]?.id,
    to: voters.after[0]?.id,
    needsYes: true,
  };
}

const COPIES: Readonly<Record<string, string>> = {
  zookeeper: 'copies the data as a guest, and gets its place once it is in step',
  etcd: 'is invited as a learner, copies the data, and is promoted once it is in step',
  kafka: 'copies the metadata without a vote, and gets one once it is in step',
};

function more(cluster: Cluster, voters: Voters, came: readonly Member[]): Effect {
  const who = namesOf(voters, came);
  const where = about(cluster, voters);
  if (cluster.is.steward && !hasSteward(cluster)) {
    return {
      ...where,
      verdict: 'nothing',
      what: `${who} ${does(came.length, 'comes', 'come')} once the steward is started again`,
    };
  }
  if (!cluster.is.steward) {
    return {
      ...where,
      verdict: 'applied-live',
      what: `${who} ${does(came.length, 'gets a pod', 'get pods')} and ${does(came.length, 'waits', 'wait')} for a place that nobody gives by ${does(came.length, 'itself', 'themselves')}, since there is no steward`,
      instead: `give ${does(came.length, 'it its place', 'each its place')} by hand, one after the other: ${byHand(cluster.system, 'growing')}; founders must stay what the ${wordFor(cluster.system)} was formed with`,
      needsYes: true,
    };
  }
  const early = cluster.system === 'zookeeper' && !cluster.was.steward && !hadSuperUser(cluster);
  const each = came.length === 1 ? `${who} comes: it gets` : `${who} come one after the other: each gets`;
  return {
    ...where,
    verdict: 'applied-live',
    what: `${each} a pod and a volume, ${COPIES[cluster.system]}; nobody restarts for that${early ? '. Servers do not know the super user before they were restarted, so this fails with NoAuth' : ''}`,
    ...(early && {
      instead: 'turn the steward on first, and change the number in a later commit',
      needsYes: true,
    }),
  };
}

/** Whether servers know the super user already, who changes the membership. */
function hadSuperUser({ name, was }: Cluster): boolean {
  const env = was.sets.get(name)?.spec?.template?.spec?.containers?.[0]?.env ?? [];
  const flags = env.find((each: { name: string }) => each.name === 'SERVER_JVMFLAGS')?.value ?? '';
  return flags.includes('jvm.options');
}

function fewer(cluster: Cluster, voters: Voters, went: readonly Member[]): Effect {
  const who = namesOf(voters, went);
  const where = about(cluster, voters);
  const left = voters.after.filter(({ votes }) => votes).length;
  if (cluster.is.steward && !hasSteward(cluster)) {
    return {
      ...where,
      verdict: 'nothing',
      what: `${who} ${does(went.length, 'goes', 'go')} once the steward is started again`,
    };
  }
  if (!cluster.is.steward) {
    return {
      ...where,
      verdict: 'outage',
      what:
        `${who} ${does(went.length, 'ends', 'end')} without having left the membership, since there is no steward: the ` +
        `${wordFor(cluster.system)} counts members that do not exist, and may be without a majority`,
      instead: `take ${does(went.length, 'it', 'them')} out of the membership before this is applied: ${byHand(cluster.system, 'shrinking')}`,
      needsYes: true,
    };
  }
  const alone = left < 3 && went.some(({ votes }) => votes);
  const leave =
    went.length === 1
      ? `${who} leaves`
      : `${who} leave one at a time, the ${voters.what === 'controller' ? 'active one' : 'leader'} last`;
  return {
    ...where,
    verdict: 'applied-live',
    what:
      `${leave}: out of the membership first, then the pod; claims stay${alone ? `. With ${count(left, 'voter')} left, none can be spared` : ''}` +
      `${alone && cluster.is.objects.every(({ kind }) => kind !== 'PodDisruptionBudget') ? ', and a drain interrupts it' : ''}`,
    ...(alone && { needsYes: true }),
  };
}

function byHand(system: string, what: 'growing' | 'shrinking'): string {
  if (system === 'kafka') return 'docs/kafka.md#without-a-steward';
  return system === 'etcd' ? 'docs/steward.md#etcd-by-hand' : `docs/steward.md#${what}`;
}

/** Founders matter until the cluster is marked as formed. */
function founders(cluster: Cluster, voters: Voters): void {
  const [from, to] = [cluster.was.gate.founders, cluster.is.gate.founders] as (
    | readonly number[]
    | undefined
  )[];
  if (String(from) === String(to) || !from || !to) return;
  cluster.report.tell({
    verdict: 'nothing',
    what: `founders ${list(from)} become ${list(to)}, which matters only before the ${wordFor(cluster.system)} is marked as formed`,
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: 'data[gate.json].founders',
    from,
    to,
    needsYes: cluster.is.steward
      ? undefined
      : to.length > from.length && voters.after.length > 1
        ? true
        : undefined,
  });
}
