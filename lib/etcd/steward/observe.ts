import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../../steward/within';
import { isInStep, type Leader, type Look, leaderOf, statusesOf } from './look';
import type { EtcdMembers } from './members';
import { isLost, placesOf } from './places';
import { type Answer, probe } from './probe';

const ROUNDS = 4;
const PAUSE_MS = 150;

/** Asks these members, and whoever leads for the membership. */
export async function observe(
  members: EtcdMembers,
  ids: readonly number[],
  timeoutMs: number,
): Promise<Look> {
  const asked = await ask(members, ids, timeoutMs);
  const leader = leaderOf(statusesOf(asked));
  if (!leader) return { answers: asked };
  // Everything that was agreed on before is in the answer, so that whoever gives it has a majority behind it.
  const listing = within(2 * timeoutMs, members.of(leader.speaker).memberList()).catch(() => undefined);
  const [list, answers] = await Promise.all([listing, rounds(members, asked, leader, timeoutMs)]);
  if (!list) return { answers };
  const known = { list, clusterId: leader.clusterId };
  const lost = [...answers].flatMap(([id, answer]) =>
    answer.state === 'gate' && isLost(answer.report, known) ? id : [],
  );
  const places = placesOf(list, members.addresses, new Set(lost));
  // One of this cluster's own that leads and does not answer may lead no more.
  const leads = asked.get(leader.speaker);
  const isItself = leads?.state === 'answers' && leads.status.memberId === leader.memberId;
  if (!isItself && !places.foreign.some(({ id }) => id === leader.memberId)) return { answers };
  return { answers, leader, known, places };
}

async function ask(
  members: EtcdMembers,
  ids: readonly number[],
  timeoutMs: number,
): Promise<Map<number, Answer>> {
  const answers = ids.map(
    async (id): Promise<[number, Answer]> => [
      id,
      await probe(id, members.of(id), members.addresses.of(id), timeoutMs),
    ],
  );
  return new Map(await Promise.all(answers));
}

/** Asks until everybody has what the leader had when it was asked before them, or is plainly behind. */
async function rounds(
  members: EtcdMembers,
  asked: Map<number, Answer>,
  leader: Leader,
  timeoutMs: number,
): Promise<Map<number, Answer>> {
  const answers = new Map(asked);
  for (let round = 1; round < ROUNDS; round++) {
    const behind = [...statusesOf(answers)]
      .filter(([, status]) => status.memberId !== leader.memberId && !isInStep(status, leader))
      .map(([id]) => id);
    if (behind.length === 0) break;
    await delay(PAUSE_MS);
    for (const [id, answer] of await ask(members, behind, timeoutMs)) answers.set(id, answer);
  }
  return answers;
}
