import type { Effect } from '../types';
import { type Cluster, compared, titled } from './cluster';
import { deletedBy, type Kept, keptByBrokers, keptOf, RETAINING } from './retention';
import { settingChanges } from './settings-files';
import type { Side } from './side';
import { count, duration, few, show } from './words';

interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly delete?: boolean;
}

const topicsOf = ({ settings }: Side): Topic[] => settings.wanted?.topics ?? [];

/** What brokers keep of topics that say nothing themselves, by their files and by what the steward sets. */
export function brokersKeep(side: Side): Kept {
  const file = side.files['combined.properties'] === undefined ? 'broker.properties' : 'combined.properties';
  return keptByBrokers({ ...side.read(file), ...side.settings.dynamicConfiguration });
}

/** Topics that are made, changed, deleted or forgotten. */
export function topics(cluster: Cluster): void {
  const { report, was, is } = cluster;
  if (!was.steward || !is.steward) return;
  const { came, went, stayed } = compared(topicsOf(was), topicsOf(is), ({ name }) => name);
  const tell = (topic: Topic, effect: Omit<Effect, 'object'>, field = '') =>
    report.tell({
      object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
      field: `SETTINGS.wanted.topics[${topic.name}]${field}`,
      ...effect,
    });
  for (const topic of came) {
    if (topic.delete) tell(topic, deleted(topic));
    else tell(topic, making(topic));
  }
  for (const topic of went) {
    const what = topic.delete
      ? `topic ${topic.name}, which was to be deleted, is not named any more`
      : `topic ${topic.name} is not declared any more, and stays as it is: nobody deletes it or puts its settings back`;
    tell(topic, { verdict: 'nothing', what });
  }
  for (const [before, after] of stayed) {
    if (after.delete && !before.delete) tell(after, deleted(after), '.delete');
    else if (before.delete && !after.delete) tell(after, making(after));
    else if (!after.delete) changed(cluster, before, after, (effect, field) => tell(after, effect, field));
  }
}

function making(topic: Topic): Omit<Effect, 'object'> {
  const key = 'unclean.leader.election.enable';
  return { verdict: 'applied-live', what: made(topic), ...warning(key, topic.configs[key]) };
}

function made({ name, partitions, replicationFactor, configs }: Topic): string {
  const own = Object.entries(configs).map(([key, value]) => `${key}=${value}`);
  return `topic ${name} is made, with ${count(partitions, 'partition')} of ${replicationFactor === 1 ? '1 copy' : `${replicationFactor} copies`}${own.length > 0 ? ` and ${few(own, 3)}` : ''}; where it exists, it gets these settings`;
}

function deleted({ name }: Topic): Omit<Effect, 'object'> {
  return {
    verdict: 'data-lost',
    what: `topic ${name} is deleted with all of its records`,
    instead: 'leave it out of the list instead, to keep it and its records',
    needsYes: true,
  };
}

type Tell = (effect: Omit<Effect, 'object'>, field: string) => void;

function changed({ was, is }: Cluster, before: Topic, after: Topic, tell: Tell): void {
  const { name } = after;
  const [from, to] = [keptOf(before.configs, brokersKeep(was)), keptOf(after.configs, brokersKeep(is))];
  const retaining = settingChanges(before.configs, after.configs).some(({ key }) => RETAINING.test(key));
  const lost = retaining ? deletedBy(from, to) : [];
  for (const what of lost) {
    tell(
      {
        verdict: 'data-lost',
        what: `topic ${name}: ${what}`,
        instead: 'see that nobody needs these records any more',
        from: shown(from),
        to: shown(to),
        needsYes: true,
      },
      '.configs',
    );
  }
  partitions(before, after, tell);
  copies(before, after, tell);
  for (const change of settingChanges(before.configs, after.configs)) {
    if (lost.length > 0 && RETAINING.test(change.key)) continue;
    tell(
      {
        verdict: 'applied-live',
        what: `topic ${name}: ${change.key} ${shownSetting(change.key, change.from)} -> ${shownSetting(change.key, change.to)}`,
        from: change.from,
        to: change.to,
        ...warning(change.key, change.to),
      },
      `.configs[${change.key}]`,
    );
  }
}

const shown = ({ ms, bytes, policy }: Kept): string => `${duration(ms)}, ${bytes} bytes, ${policy}`;

function shownSetting(key: string, value: string | undefined): string {
  if (value === undefined) return "the cluster's";
  return key === 'retention.ms' ? duration(Number(value)) : show(value);
}

/** Settings by which what was acknowledged may be lost later. */
export function warning(key: string, to: string | undefined): Pick<Effect, 'instead' | 'needsYes'> {
  if (key === 'unclean.leader.election.enable' && to === 'true') {
    return {
      instead: 'leave it off: a copy that lags behind may become the leader, and what it has not got is lost',
      needsYes: true,
    };
  }
  if (key === 'min.insync.replicas' && to === '1') {
    return {
      instead: 'keep 2: with 1 a record is acknowledged that a single disk has, and is lost with it',
      needsYes: true,
    };
  }
  return {};
}

function partitions(before: Topic, after: Topic, tell: Tell): void {
  const [from, to] = [before.partitions, after.partitions];
  if (to > from) {
    tell(
      {
        verdict: 'applied-live',
        what: `topic ${after.name} grows from ${count(from, 'partition')} to ${to}, for good: records of a key may go to another partition than those before`,
        from,
        to,
        needsYes: true,
      },
      '.partitions',
    );
  } else if (to < from) {
    tell(
      {
        verdict: 'nothing',
        what: `topic ${after.name} keeps its ${count(from, 'partition')}, although ${to} ${to === 1 ? 'is' : 'are'} declared: Kafka cannot take partitions away`,
        instead: `declare ${from}, or let it be deleted and declare it anew`,
        from,
        to,
      },
      '.partitions',
    );
  }
}

function copies(before: Topic, after: Topic, tell: Tell): void {
  const [from, to] = [before.replicationFactor, after.replicationFactor];
  if (from === to) return;
  const what = to > from ? 'copies are added' : 'copies are taken away';
  tell(
    {
      verdict: 'applied-live',
      what: `topic ${after.name}: ${from} -> ${to} copies of each partition, throttled: ${what}`,
      from,
      to,
      ...(to < from && { needsYes: true }),
    },
    '.replicationFactor',
  );
}
