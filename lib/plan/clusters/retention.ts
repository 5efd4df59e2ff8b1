import { duration } from './words';

/** Settings by their names in Kafka; of topics without `log.`. */
type Settings = Readonly<Record<string, string | undefined>>;

const WEEK = 7 * 86_400_000;

/** How long and how much Kafka keeps. -1 stands for everything. */
export interface Kept {
  readonly ms: number;
  readonly bytes: number;
  readonly policy: string;
}

/** What brokers keep of a topic that says nothing itself. */
export function keptByBrokers(settings: Settings): Kept {
  const number = (name: string, unit = 1) => {
    const value = settings[name];
    return value === undefined ? undefined : Number(value) < 0 ? -1 : Number(value) * unit;
  };
  return {
    ms:
      number('log.retention.ms') ??
      number('log.retention.minutes', 60_000) ??
      number('log.retention.hours', 3_600_000) ??
      WEEK,
    bytes: number('log.retention.bytes') ?? -1,
    policy: sorted(settings['log.cleanup.policy'] ?? 'delete'),
  };
}

/** What is kept of a topic. */
export function keptOf(configs: Settings, brokers: Kept): Kept {
  const number = (name: string, otherwise: number) => {
    const value = configs[name];
    return value === undefined ? otherwise : Math.max(-1, Number(value));
  };
  return {
    ms: number('retention.ms', brokers.ms),
    bytes: number('retention.bytes', brokers.bytes),
    policy: sorted(configs['cleanup.policy'] ?? brokers.policy),
  };
}

const sorted = (policy: string): string =>
  policy
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
    .sort()
    .join(',');

const deletes = ({ policy }: Kept): boolean => policy.includes('delete');
const compacts = ({ policy }: Kept): boolean => policy.includes('compact');
const isLess = (to: number, from: number): boolean => to >= 0 && (from < 0 || to < from);

/** What is deleted because less is kept, in words that go on from `of …`; empty: nothing. */
export function deletedBy(from: Kept, to: Kept): string[] {
  const newly = deletes(to) && !deletes(from);
  return [
    ...(deletes(to) && to.ms >= 0 && (newly || isLess(to.ms, from.ms))
      ? [
          `records older than ${duration(to.ms)} are deleted (${newly ? 'kept for ever' : keptFor(from.ms)} until now)`,
        ]
      : []),
    ...(deletes(to) && to.bytes >= 0 && (newly || isLess(to.bytes, from.bytes))
      ? [
          `the oldest records beyond ${size(to.bytes)} of each partition are deleted (${newly || from.bytes < 0 ? 'no limit' : size(from.bytes)} until now)`,
        ]
      : []),
    ...(compacts(to) && !compacts(from)
      ? ['of the records of a key only the last one is kept, and records without a key are refused']
      : []),
  ];
}

const keptFor = (ms: number): string => (ms < 0 ? 'kept for ever' : `kept for ${duration(ms)}`);

const UNITS: readonly [string, number][] = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
];

/** `4 GiB`, and `1000 bytes` where no larger unit fits. */
export function size(bytes: number): string {
  const [unit, factor] = UNITS.find(([, each]) => bytes >= each && bytes % each === 0) ?? ['bytes', 1];
  return `${bytes / factor} ${unit}`;
}

/** Settings that these follow from. */
export const RETAINING = /^(log\.)?(retention\.(ms|minutes|hours|bytes)|cleanup\.policy)$/;
