import type {
  ClusterFacts,
  ClusterNode,
  ClusterStep,
  KnownNode,
  NodeView,
  ShardFacts,
} from '../../../../lib/redis/steward/cluster/cluster-facts';
import { rangesOf } from '../../../../lib/redis/steward/cluster/slots';

/** What differs from a cluster that is as the manifests say. */
export type Given = Partial<Omit<ClusterFacts, 'nodes' | 'shards'>>;

/** Slots of the clusters of these tests. */
export const FEW = 6;

interface Line {
  readonly shard: number;
  readonly ordinal: number;
  readonly has: (word: string) => boolean;
  readonly value: (word: string) => string | undefined;
}

/**
 * Facts from a word for each shard and a line for each place.
 *
 * A shard: its servers, `l` where it leaves, and `/` and the replicas of its StatefulSet where they differ: `2 2l/1 -`.
 *
 * A place: `shard-ordinal`, then `m` and slots (`m 0-2`), `r` and the ordinal that it follows, or `new` (it knows nobody), and
 * words: `gate`, `empty` (waits at its gate with an empty disk), `silent`, `loading` or `no` (pod) for who does not serve; `old`,
 * `unready`, `broken`, `stalled`, `ending`; `failed` for the others, `moved` (they have its old address), `stranger` (they do not
 * know it), `fail` (cluster_state), `unlinked` (from its master); `keys`, `strays`, `migrating`, `importing`, `epoch`, `used`
 * and `most` with a value. `ghost` instead of all: others know it, and the pod of that name has another id, or is not there.
 */
export function factsOf(given: Given, shards: string, ...lines: string[]): ClusterFacts {
  const facts = shards.split(' ').flatMap((word, index): ShardFacts[] => {
    const [, servers, leaving, replicas] = word.match(/^(\d)(l?)(?:\/(\d))?$/) ?? [];
    if (servers === undefined) return [];
    return [
      {
        ...{ index, set: `redis-${index}`, servers: Number(servers), leaving: leaving === 'l' },
        replicas: Number(replicas ?? servers),
      },
    ];
  });
  const all = lines.map(parse);
  const places = all.filter(({ has }) => !has('ghost'));
  return {
    ...{ formed: true, keepsData: true, slotsAtATime: 2, staleCertificates: [] },
    ...given,
    shards: facts,
    nodes: places.map((line) => nodeOf(line, all, facts)),
  };
}

function parse(line: string): Line {
  const [place, ...words] = line.split(' ');
  const [shard, ordinal] = place.split('-').map(Number);
  const has = (word: string) => words.includes(word);
  return { shard, ordinal, has, value: (word) => (has(word) ? words[words.indexOf(word) + 1] : undefined) };
}

const nameOf = ({ shard, ordinal }: Pick<Line, 'shard' | 'ordinal'>): string => `redis-${shard}-${ordinal}`;
const hostOf = (line: Pick<Line, 'shard' | 'ordinal'>): string => `${nameOf(line)}.redis-headless`;
const idOf = (line: Line): string => `${line.has('ghost') ? 'lost' : 'id'}-${line.shard}-${line.ordinal}`;
const addressOf = ({ shard, ordinal }: Line): string => `10.0.${shard}.${ordinal}`;

const rangesIn = (text: string | undefined): [number, number][] =>
  (text ?? '')
    .split(',')
    .filter((range) => /^\d/.test(range))
    .map((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return [first, last];
    });

const serves = ({ has }: Line): boolean =>
  !['gate', 'empty', 'silent', 'loading', 'no', 'ghost'].some((word) => has(word));

function nodeOf(line: Line, all: readonly Line[], shards: readonly ShardFacts[]): ClusterNode {
  const { shard, ordinal, has, value } = line;
  const wanted = (shards.find(({ index }) => index === shard)?.servers ?? 0) > ordinal;
  const used = value('used');
  return {
    ...{ pod: nameOf(line), host: hostOf(line), shard, ordinal, wanted },
    ip: has('no') ? undefined : addressOf(line),
    kube: has('no')
      ? undefined
      : {
          ...{ name: nameOf(line), uid: `uid-${shard}-${ordinal}`, revision: has('old') ? 'r-a' : 'r-b' },
          outdated: has('old') ? 'it runs revision a, and b was applied' : undefined,
          ready: serves(line) && !has('unready') && !has('new') && !has('stranger'),
          terminating: has('ending'),
          broken: has('broken') ? 'container redis: CrashLoopBackOff' : undefined,
          stalled: has('stalled'),
          node: 'node-1',
        },
    server: serverOf(line),
    view: serves(line) ? viewOf(line, all) : undefined,
    memory: used === undefined ? undefined : { used: Number(used), most: Number(value('most')) || undefined },
  };
}

function serverOf(line: Line): ClusterNode['server'] {
  const { has, value } = line;
  if (has('gate')) return { state: 'gate', disk: 'data', says: 'it waits for the others' };
  if (has('empty')) return { state: 'gate', disk: 'empty' };
  if (has('loading')) return { state: 'loading' };
  if (!serves(line)) return { state: 'silent', reason: has('no') ? 'it has no pod' : 'no answer' };
  return {
    ...{ state: 'serving', role: has('r') ? 'replica' : 'master', runId: idOf(line), replicas: [] },
    ...{ linked: has('r') && !has('unlinked'), offset: Number(value('offset') ?? 0) },
    keys: Number(value('keys') ?? 0),
  };
}

function viewOf(line: Line, all: readonly Line[]): NodeView {
  const { has, value } = line;
  const alone = (other: Line) => other !== line && (has('new') || other.has('new') || other.has('stranger'));
  const known = all.filter((other) => !alone(other));
  const half = (word: string) => {
    const [slot, place] = (value(word) ?? '').split('@');
    return slot === '' ? [] : [{ slot: Number(slot), id: `id-${place}` }];
  };
  return {
    ...{ id: idOf(line), currentEpoch: 9, ok: !has('fail') && !has('new') },
    nodes: known.map((other) => knownOf(other, line)),
    migrating: half('migrating').map(({ slot, id }) => ({ slot, to: id })),
    importing: half('importing').map(({ slot, id }) => ({ slot, from: id })),
    strays: (value('strays') ?? '').split(',').filter(Boolean).map(Number),
  };
}

function knownOf(other: Line, by: Line): KnownNode {
  const { has, value } = other;
  const master = value('r');
  const moved = has('moved') && other !== by;
  const [shard, ordinal] = (master ?? '').includes('-') ? master!.split('-') : [`${other.shard}`, master];
  return {
    ...{ id: idOf(other), hostname: hostOf(other), handshake: false, epoch: Number(value('epoch') ?? 1) },
    ip: moved ? '10.9.9.9' : addressOf(other),
    role: has('r') ? 'replica' : 'master',
    master:
      master === undefined
        ? undefined
        : `${master.startsWith('lost') ? '' : 'id-'}${master.startsWith('lost') ? master : `${shard}-${ordinal}`}`,
    failed: has('failed') ? 'yes' : 'no',
    linked: other === by || (serves(other) && !moved && !has('failed')),
    slots: rangesIn(value('m')),
  };
}

/** All that a step says, as lines: its phase and what it is, why, and what a person has to do. */
export function told(step: ClusterStep): string[] {
  const { phase, why } = step;
  const lines = (what: string) => [`${phase}: ${what}`, why];
  switch (step.step) {
    case 'scale':
      return lines(`scale ${step.shard} to ${step.replicas}`);
    case 'meet':
      return lines(`meet ${step.at} and ${step.pods.join(', ')}`);
    case 'assign':
      return lines(
        `assign ${step.ranges.map(([first, last]) => `${first}-${last}`).join(', ')} to ${step.pod}`,
      );
    case 'replicate':
      return lines(`replicate ${step.pod} of ${step.of}`);
    case 'forget':
      return lines(`forget ${step.ids.join(', ')}`);
    case 'reset':
    case 'reload-certificate':
      return lines(`${step.step} ${step.pod}`);
    case 'failover':
      return lines(`failover ${step.pod}${step.force ? ' by force' : ''}`);
    case 'move-slots':
      return lines(
        `move ${step.moves.map(({ from, to, slots }) => `${slots} from ${from} to ${to}`).join('; ')}`,
      );
    case 'settle-slots':
      return lines(
        `settle ${rangesOf(step.slots).map(([first, last]) => (first === last ? first : `${first}-${last}`))}`,
      );
    case 'restart':
      return lines(`restart ${step.pod}, ${step.uid}`);
    case 'wait':
      return [...lines(`wait, ${step.cause}`), ...(step.todo ? [step.todo] : [])];
    default:
      return lines(step.step);
  }
}
