import { type Cluster, same, titled } from './cluster';
import { wordFor } from './presence';
import { fileChanges, isForLater } from './reasons';
import { entry } from './report';
import { few, list } from './words';

/** Files that servers read when they start: pods restart for them, as restarts tell. */
const AT_START =
  /^(zoo\.cfg|etcd\.yaml|(redis|live|sentinel)\.conf|(broker|controller|combined)\.properties)$/;
const LOGGING = /^(logback|log4j2|log4j|logback-client)\.(xml|yaml|properties)$/;
const GATE = 'gate.json';
const PROGRAM = /\.(mjs|js)$/;

/** Files of ConfigMaps that servers, gates and Jobs read: what each change of one of them leads to. */
export function configFiles(cluster: Cluster): void {
  const { name, report } = cluster;
  for (const map of [`${name}-config`, `${name}-program`, `${name}-steward-program`, `${name}-scripts`]) {
    const change = report.change('ConfigMap', map);
    if (!change) continue;
    const { before, after } = change;
    const data = [before?.data ?? {}, after?.data ?? {}] as Record<string, string>[];
    const files = [...new Set(data.flatMap(Object.keys))].filter((file) => data[0][file] !== data[1][file]);
    if (!before || !after) report.take(change);
    const known = files.filter((file) => tell(cluster, map, file));
    report.take(change, ...known.map((file) => entry('data', file)));
  }
}

/** True where it is known what a change of the file does. */
function tell(cluster: Cluster, map: string, file: string): boolean {
  const { report, system, name } = cluster;
  const about = { object: titled(cluster, 'ConfigMap', map), field: `data[${file}]` };
  if (file === GATE || (PROGRAM.test(file) && map !== `${name}-scripts`)) return true;
  if (AT_START.test(file)) {
    later(cluster, file, about);
    return true;
  }
  if (LOGGING.test(file)) {
    // Kafka 3.9 reads its file when it starts, so that pods change with it.
    if (file === 'log4j.properties' || file === 'logback-client.xml') return true;
    report.tell({
      ...about,
      verdict: 'applied-live',
      what: `${logging(cluster, file)} within two minutes, without a restart`,
    });
    return true;
  }
  if (file.endsWith('.sh')) {
    const [from, to] = ['before', 'after'].map(
      (side) => report.change('ConfigMap', map)?.[side as 'before' | 'after']?.data?.[file],
    );
    // It comes and goes with what runs it.
    if (from === undefined || to === undefined) return true;
    const jobs = /^((up|down)load|take)\.sh$/.test(file);
    const next = system === 'kafka' || /^(sentinel-|cluster-)?(start|stop)\.sh$/.test(file);
    const when = jobs
      ? 'with the next Job'
      : next
        ? 'when a server starts or stops the next time'
        : 'within two minutes';
    report.tell({
      ...about,
      verdict: 'applied-live',
      what: `the script ${file} changes, and is used ${when}; nobody restarts`,
    });
    return true;
  }
  return false;
}

function logging({ was, is }: Cluster, file: string): string {
  const [from, to] = [was, is].map(({ files }) =>
    /<root level="(\w+)">|Root:\s+level: (\w+)/
      .exec(files[file] ?? '')
      ?.slice(1)
      .find(Boolean),
  );
  return from !== to ? `the log level changes from ${from} to ${to}` : 'what is logged changes';
}

/** Settings that servers read when they start and need no restart for. */
function later(cluster: Cluster, file: string, about: { object: string; field: string }): void {
  const { report, name } = cluster;
  const brokers = file === 'broker.properties';
  const keys = fileChanges(cluster, file).map(({ key }) => key);
  const waiting = keys.filter((key) => isForLater(key, brokers));
  // Where brokers come, go or leave, that is told.
  const [old, now] = [cluster.was, cluster.is].map(({ gate, settings }) => [
    gate.brokers,
    ((settings.brokers ?? []) as { leaving?: boolean }[]).map(({ leaving }) => leaving),
  ]);
  const derived = !same(old, now);
  const quorum = report.isSettled('members-change');
  const told = waiting.filter((key) => !derived && !(quorum && key.startsWith('controller.')));
  if (told.length === 0 || cluster.system !== 'kafka') return;
  report.tell({
    ...about,
    verdict: 'nothing',
    what: `${few(told, 3)} of ${file} ${told.length === 1 ? 'is' : 'are'} read when a server of ${name} starts the next time, and nobody restarts for ${told.length === 1 ? 'it' : 'them'}`,
  });
}

/** Programs of the library, which come with another release of it. */
export function programs(cluster: Cluster): void {
  const { name, report, is, system } = cluster;
  const changed = [`${name}-config`, `${name}-program`, `${name}-steward-program`].flatMap((map) => {
    const change = report.change('ConfigMap', map);
    if (!change?.before || !change.after) return [];
    const [old, now] = [change.before.data ?? {}, change.after.data ?? {}];
    return Object.keys(now).filter((file) => PROGRAM.test(file) && old[file] !== now[file]);
  });
  if (changed.length === 0) return;
  const gates = system === 'zookeeper' || changed.some((file) => !file.endsWith(`${system}.mjs`));
  const parts = [
    ...(is.steward ? ['the steward restarts with another program'] : []),
    ...(gates
      ? [
          `gates ${is.steward ? 'take the new one' : 'run another program'} when a server of the ${wordFor(system)} starts the next time`,
        ]
      : []),
  ];
  report.tell({
    verdict: 'applied-live',
    what: `${list(parts)}; no server restarts for that`,
    object: titled(cluster, 'ConfigMap', `${name}-program`),
  });
}
