import type { Facts, Member, Part, Server, Step } from '../../lib/steward/facts';

/** What differs from a cluster of members 1 to 3 that was formed and is as the manifests say. */
export type Given = Partial<Omit<Facts, 'members'>>;

const PARTS: Record<string, Part | undefined> = { v: 'voter', o: 'observer', '-': undefined };

/**
 * Facts from one line for each member: its id, what is wanted of it / what it is listed as (`v`, `o` or `-`), and words:
 * `leader`, `follower` or `observer` for a server that serves (and `behind`), `gate` (and `empty`), `waiting`; anything
 * else is silent. A pod is ready where its server serves and has caught up, unless `unready`; it may be `old`, `broken`,
 * `stalled`, `ending`, `started`, or there is `no` pod. `ghost` with a negative id is the lost place of the member with that id.
 */
export function factsOf(given: Given, ...lines: string[]): Facts {
  const members = lines.map(memberOf);
  return {
    formed: true,
    founders: [1, 2, 3],
    firstId: 1,
    replicas: Math.max(...members.filter(({ pod }) => pod).map(({ id }) => id)),
    quorum: members.some(({ server }) => server.state === 'serving' && server.role === 'leader'),
    provisioned: true,
    ...given,
    members,
  };
}

function memberOf(line: string): Member {
  const [number, parts, ...words] = line.split(' ');
  const id = Number(number);
  const has = (word: string) => words.includes(word);
  const [wanted, listed] = parts.split('/').map((part) => PARTS[part]);
  const server = serverOf(has);
  const ready = server.state === 'serving' && server.synced && !has('unready');
  const pod = {
    name: `zk-${id}`,
    uid: `uid-${id}`,
    revision: has('old') ? 'zk-a' : 'zk-b',
    outdated: has('old') ? 'it runs revision a, and b was applied' : undefined,
    ready: ready || has('ready'),
    terminating: has('ending'),
    broken: has('broken') ? 'container zookeeper: CrashLoopBackOff' : undefined,
    stalled: has('stalled'),
    started: has('started') || server.state === 'serving',
    node: 'node-1',
  };
  if (has('ghost')) return { id, listed, server, ghost: { of: -id, name: `the lost disk of zk-${-id}` } };
  return { id, wanted, listed, pod: has('no') ? undefined : pod, server };
}

function serverOf(has: (word: string) => boolean): Server {
  const role = (['leader', 'follower', 'observer'] as const).find(has);
  if (role) return { state: 'serving', role, synced: !has('behind'), lag: has('behind') ? 12 : 0 };
  if (has('gate')) return { state: 'gate', disk: has('empty') ? 'empty' : 'data', says: 'it waits for 2' };
  if (has('waiting')) return { state: 'waiting' };
  return { state: 'silent', reason: 'no answer within 2000 ms' };
}

/** All that a step says, as lines: its phase and what it is, why, and what a person has to do. */
export function said(step: Step): string[] {
  const { phase, why } = step;
  switch (step.step) {
    case 'scale':
      return [`${phase}: scale to ${step.replicas}`, why];
    case 'restart':
      return [`${phase}: restart ${step.id}, ${step.uid}`, why];
    case 'admit':
      return [`${phase}: admit ${step.id} as ${step.as}`, why];
    case 'dismiss':
      return [`${phase}: dismiss ${step.id}`, why];
    case 'wait':
      return [`${phase}: wait, ${step.cause}`, why, ...(step.todo ? [step.todo] : [])];
    default:
      return [`${phase}: ${step.step}`, why];
  }
}
