import { describeSentinels } from '../replication/facts';
import type { SentinelDecision, SentinelFacts, WatchedServer } from './facts';

const wait = (reason: string): SentinelDecision => ({ action: 'wait', reason });

/**
 * Decides which server a Sentinel starts to monitor: the one that it knew, the one that other Sentinels know, or where none
 * knows any, the only one that serves as master.
 */
export function decideSentinel(facts: SentinelFacts): SentinelDecision {
  const { kept, others, servers } = facts;
  // If others have moved on meanwhile, it hears of it by the greater epoch.
  if (kept !== undefined && servers.has(kept)) return { action: 'monitor', master: kept };
  const answers = [...others.values()];
  const known = answers.flatMap((answer) => (answer.state === 'knows' ? [answer] : []));
  if (known.length > 0) return takeOver(facts, known);
  if (answers.some(({ state }) => state === 'gate')) {
    return wait(`other Sentinels know who was the master and have yet to start: ${saidBy(facts)}.`);
  }
  const masters = mastersOf(facts);
  if (masters.length === 1 && isSure(facts, masters[0])) return { action: 'monitor', master: masters[0] };
  return wait(
    `no Sentinel knows who is the master, and the only server that serves as one would be: ${describe(facts)}.` +
      (others.size > 0 ? ` Sentinels: ${saidBy(facts)}.` : ''),
  );
}

/** Goes by what other Sentinels have agreed on last. */
function takeOver(
  facts: SentinelFacts,
  known: readonly { readonly master: string; readonly epoch: number }[],
): SentinelDecision {
  const epoch = Math.max(...known.map((answer) => answer.epoch));
  const names = new Set(known.filter((answer) => answer.epoch === epoch).map(({ master }) => master));
  const [master] = names;
  const others = mastersOf(facts).filter((host) => host !== master);
  if (names.size === 1 && others.length === 0) return { action: 'monitor', master, epoch };
  return wait(
    `other Sentinels have yet to agree on the master: ${saidBy(facts)}. Servers: ${describe(facts)}.`,
  );
}

const mastersOf = ({ servers }: SentinelFacts): string[] =>
  [...servers].flatMap(([host, server]) =>
    server.state === 'serving' && server.role === 'master' ? [host] : [],
  );

/** Whether no other server can be the master for somebody else, where there has been one before. */
function isSure({ formed, servers }: SentinelFacts, master: string): boolean {
  const server = servers.get(master);
  const followed = server?.state === 'serving' && 1 + server.linked > servers.size / 2;
  return !formed || followed || [...servers.values()].every(({ state }) => state !== 'silent');
}

const saidBy = ({ others }: SentinelFacts): string => describeSentinels({ sentinels: others });

const describe = ({ servers }: SentinelFacts): string =>
  [...servers].map(([host, server]) => `${host.split('.')[0]} ${WORDS[wordOf(server)]}`).join('; ');

const wordOf = (server: WatchedServer) => (server.state === 'serving' ? server.role : server.state);

const WORDS = {
  silent: 'does not answer',
  gate: 'waits at its gate',
  loading: 'reads its data',
  master: 'serves as master',
  replica: 'serves as replica',
} as const;
