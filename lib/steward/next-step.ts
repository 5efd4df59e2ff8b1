import { addPods, adviceForMinority, describe, describeAll, nameOf, stuck } from './advice';
import { wait } from './charge';
import type { Facts, Member, Step } from './facts';
import {
  canSpare,
  hasMajority,
  isIdle,
  isInvited,
  isSynced,
  isWell,
  restartOrder,
  voters,
  votersWith,
} from './majority';

type Rule = (facts: Facts) => Step | undefined;

/**
 * Decides the one thing that is safe to do next for a cluster whose members vote, or why nothing is. It restarts a
 * member that is well only while every other one is, changes the membership by one member at a time, and never takes the
 * synced voters below a majority, except where a cluster of one restarts its only member.
 */
export function nextStep(facts: Facts): Step {
  for (const rule of RULES) {
    const step = rule(facts);
    if (step) return step;
  }
  return { phase: 'Settled', step: 'rest', why: 'everything is as the manifests say' };
}

const RULES: readonly Rule[] = [
  unapplied,
  makeRoom,
  awaitChore,
  replaceUseless,
  provision,
  form,
  reachQuorum,
  tidyAtOnce,
  hold,
  admit,
  dismissDead,
  invite,
  grow,
  loosen,
  awaitWell,
  roll,
  demote,
  shrink,
  awaitGone,
  tidy,
  awaitProvisioned,
  awaitMended,
];

function unapplied(facts: Facts): Step | undefined {
  return facts.unapplied ? wait('Applying', 'apply', facts.unapplied) : undefined;
}

/** A pod that does nothing for the cluster costs nothing to replace, and may be what keeps its own mending away. */
function replaceUseless(facts: Facts): Step | undefined {
  const { members, quorum, refused } = facts;
  // What would come in its place would not be let in.
  if (refused) return undefined;
  // Without a quorum nobody knows who votes, so that whoever is wanted no more may be needed for one.
  const useless = members
    .filter(
      (member) =>
        (member.wanted || !quorum) &&
        (member.pod?.outdated || isExpelled(facts, member)) &&
        member.pod &&
        !member.pod.ready &&
        !member.pod.terminating &&
        (isIdle(facts, member) || canSpare(facts, member)),
    )
    .sort((a, b) => Number(b.wanted !== undefined) - Number(a.wanted !== undefined) || restartOrder(a, b));
  // What runs and merely finds no majority might come to one. It is given up only for a revision not known to fail.
  const newFails = members.some(({ pod }) => pod && !pod.outdated && pod.broken);
  const chosen =
    useless.find(({ pod }) => pod?.broken) ??
    (newFails ? undefined : useless.find(({ pod }) => pod?.stalled));
  if (!chosen?.pod) return undefined;
  const why = `${describe(chosen)}, and ${chosen.pod.outdated ?? 'its gate has to hear that it was taken out of the membership'}`;
  return { phase: 'Healing', step: 'restart', id: chosen.id, uid: chosen.pod.uid, why };
}

/** Whether a server was taken out of the membership while it ran: it ends again and again, and only its gate can mend that. */
function isExpelled({ invites, quorum }: Facts, { wanted, listed, pod, server }: Member): boolean {
  return Boolean(invites && quorum && wanted && !listed && pod?.started && server.state !== 'serving');
}

/** Nobody who belongs to the cluster is left without a pod. While nothing serves, that may be anybody. */
function makeRoom({ members, founders, formed, quorum, replicas, firstId }: Facts): Step | undefined {
  const belongs = ({ wanted, listed, pod }: Member) =>
    quorum ? listed && (wanted || pod) : wanted || listed;
  const ids = members.filter(belongs).map(({ id }) => id);
  const last = Math.max(firstId, ...ids, ...(formed || quorum ? [] : founders));
  const pods = last - firstId + 1;
  if (replicas >= pods) return undefined;
  if (!formed && !quorum) {
    const why = `all members start together, since the founders (${founders.join(', ')}) need the word of each`;
    return { phase: 'Forming', step: 'scale', replicas: pods, why };
  }
  const why = `member ${last} belongs to the cluster, and the StatefulSet has replicas: ${replicas}`;
  return { phase: 'Healing', step: 'scale', replicas: pods, why };
}

/** Marks the cluster as formed once all founders hold its data. */
function form(facts: Facts): Step | undefined {
  if (facts.formed) return undefined;
  const { founders, members, quorum } = facts;
  // A founder without a place in the membership was dismissed, so the cluster was formed long ago. Nor does one count
  // that is wanted no more: it may never come back.
  const missing = members.filter(
    (member) =>
      member.wanted && (!quorum || (member.listed && founders.includes(member.id))) && !isSynced(member),
  );
  if (quorum && missing.length === 0) {
    return { phase: 'Forming', step: 'mark-formed', why: 'all founders serve and hold the data' };
  }
  return stuck(
    facts,
    'Forming',
    'founders',
    `the cluster forms once all founders serve: ${describeAll(missing)}`,
    missing,
  );
}

const hasNothing = ({ server }: Member): boolean =>
  server.state === 'gate' && (server.disk === 'empty' || server.disk === 'lost');

/** Nothing else can be done without a quorum. */
function reachQuorum(facts: Facts): Step | undefined {
  const { members, quorum } = facts;
  if (quorum) return undefined;
  if (members.every(hasNothing)) {
    const why = 'the cluster was formed, and the disks of all members are empty: its data is gone';
    const todo =
      `Look for the volumes first; those of members that have no pod any more come back with ${addPods(members)}. ` +
      'If they are lost, restore a backup into a cluster of another name. ' +
      'To start anew with nothing, delete the ConfigMap that marks this cluster as formed.';
    return wait('Healing', 'quorum', why, todo);
  }
  const why = `no leader serves: ${describeAll(members)}`;
  const late = members.some(({ pod }) => pod?.stalled);
  const runs = members.some(({ server }) => server.state === 'waiting');
  const here = members.every(({ server }) => ['waiting', 'gate'].includes(server.state));
  const step =
    late && runs && here
      ? wait('Healing', 'quorum', why, adviceForMinority(members))
      : stuck(facts, 'Healing', 'quorum', why, members);
  if (!late || !facts.lastResort || step.step !== 'wait') return step;
  return { ...step, todo: [step.todo, facts.lastResort].filter(Boolean).join(' ') };
}

/** Nobody is restarted or given a vote while a member has its hands full. */
function awaitChore({ chore }: Facts): Step | undefined {
  return chore?.busy ? wait('Maintaining', 'maintenance', chore.why) : undefined;
}

function tidyAtOnce({ chore }: Facts): Step | undefined {
  return chore?.urgent ? { phase: 'Maintaining', step: 'maintain', why: chore.why } : undefined;
}

function hold({ held }: Facts): Step | undefined {
  return held && wait('Healing', 'held', held.why, held.todo);
}

/** Gives a member that is in step its place: one that has none, or a vote to an observer that should have one. */
function admit(facts: Facts): Step | undefined {
  // Whoever gets a vote counts against the majority from then on, so nobody does before all of them are in step; but of an
  // even number the majority stays as large as it was, and others may not come in before.
  const complete =
    newVoters(facts).every((member) => isWell(facts, member)) || isEven(facts) || facts.full === true;
  const member = facts.members.find(
    (each) =>
      isWell(facts, each) &&
      each.wanted &&
      each.listed !== each.wanted &&
      each.listed !== 'voter' &&
      !facts.members.some(({ ghost }) => ghost?.of === each.id) &&
      (complete || each.wanted === 'observer') &&
      hasMajority(facts, votersWith(facts, each, each.wanted)),
  );
  if (!member?.wanted) return undefined;
  const why = `${nameOf(member)} is in step and becomes ${member.wanted === 'voter' ? 'a voter' : 'an observer'}`;
  return { phase: 'Growing', step: 'admit', id: member.id, as: member.wanted, why };
}

const isEven = (facts: Facts): boolean => voters(facts).length % 2 === 0 && voters(facts).length > 0;

/** Members that should vote and do not yet. */
function newVoters({ members }: Facts): Member[] {
  return members.filter(({ wanted, listed }) => wanted === 'voter' && listed !== 'voter');
}

/** A member that is wanted no more and does not serve only weakens the majority; one that has no vote yet only holds others up. */
function dismissDead(facts: Facts): Step | undefined {
  const dead = facts.members.find(
    (member) =>
      member.listed &&
      !member.wanted &&
      ((!member.pod?.ready && member.server.state !== 'serving') || isInvited(facts, member)),
  );
  if (!dead || !hasMajority(facts, votersWith(facts, dead, undefined))) return undefined;
  const why = `${nameOf(dead)} is wanted no more and ${isInvited(facts, dead) ? 'has no vote' : 'does not serve'}`;
  return { phase: dead.ghost ? 'Healing' : 'Shrinking', step: 'dismiss', id: dead.id, why };
}

/** Gives a member that waits at its gate the place that it needs to start: one at a time, so that the leader feeds one. */
function invite(facts: Facts): Step | undefined {
  const { firstId, invites, members, quorum, replicas } = facts;
  if (!invites || !quorum || facts.full) return undefined;
  const guests = members.filter((member) => isInvited(facts, member));
  if (!guests.every((member) => isWell(facts, member))) return undefined;
  const member = members.find(
    ({ id, wanted, listed, pod, server }) =>
      wanted &&
      !listed &&
      pod &&
      !pod.terminating &&
      id < firstId + replicas &&
      server.state === 'gate' &&
      server.disk !== 'foreign' &&
      !members.some(({ ghost }) => ghost?.of === id),
  );
  if (!member || !hasMajority(facts, voters(facts))) return undefined;
  const why = `${nameOf(member)} waits for its place`;
  return { phase: 'Growing', step: 'admit', id: member.id, as: 'observer', why };
}

function provision({ provisioned, provisionFailed, quorum }: Facts): Step | undefined {
  if (provisioned || provisionFailed || !quorum) return undefined;
  return { phase: 'Provisioning', step: 'provision', why: 'something that was asked for is missing' };
}

/** One new member at a time: a pod, which joins without a vote and gets up with the others. */
function grow(facts: Facts): Step | undefined {
  const { members, replicas, firstId } = facts;
  const outside = members.filter(
    (member) => member.wanted && (!member.listed || (isInvited(facts, member) && !isWell(facts, member))),
  );
  const hasRoom = ({ id }: Member) => id < firstId + replicas;
  const joining = outside.filter((member) => hasRoom(member) && !isWell(facts, member));
  if (joining.length === 0 && !outside.every(hasRoom)) {
    const why = `member ${firstId + replicas} is wanted and has no pod yet`;
    return { phase: 'Growing', step: 'scale', replicas: replicas + 1, why };
  }
  if (outside.length === 0) return undefined;
  const late = joining.length > 0 ? joining : [...new Set([...outside, ...newVoters(facts)])];
  return stuck(facts, 'Growing', 'joining', `joining: ${describeAll(late)}`, late);
}

/** Of two voters none can be replaced, not even one that serves and never becomes ready; so the other one leaves first. */
function loosen(facts: Facts): Step | undefined {
  const bound = facts.members.some(
    (member) =>
      member.wanted &&
      member.pod?.outdated &&
      member.pod.stalled &&
      isSynced(member) &&
      !canSpare(facts, member),
  );
  const step = bound ? (demote(facts) ?? shrink(facts)) : undefined;
  return step?.step === 'wait' ? undefined : step;
}

/** Whatever risks something waits until every member that should be there is well. */
function awaitWell(facts: Facts): Step | undefined {
  const { members } = facts;
  const unwell = members.filter((member) => member.wanted && !isWell(facts, member));
  if (unwell.length === 0) return undefined;
  const phase = members.some(({ wanted, pod }) => wanted && pod?.outdated) ? 'Rolling' : 'Healing';
  return stuck(facts, phase, 'member', `waits until every member is well: ${describeAll(unwell)}`, unwell);
}

function roll(facts: Facts): Step | undefined {
  const outdated = facts.members.filter(({ wanted, pod }) => wanted && pod?.outdated).sort(restartOrder);
  const [target] = outdated;
  if (!target?.pod) return undefined;
  if (facts.refused) return wait('Rolling', 'upgrade', facts.refused.why, facts.refused.todo);
  if (!canSpare(facts, target)) {
    // Two voters can spare none of them; a cluster on its way to one voter is first made smaller.
    return (
      demote(facts) ??
      shrink(facts) ??
      wait('Rolling', 'majority', `no majority would be in step without ${target.pod.name}`)
    );
  }
  const left = outdated.length > 1 ? `, ${outdated.length - 1} more after it` : '';
  const why = `${target.pod.name}: ${target.pod.outdated}${left}`;
  return { phase: 'Rolling', step: 'restart', id: target.id, uid: target.pod.uid, why };
}

function demote(facts: Facts): Step | undefined {
  const member = facts.members
    .filter(({ wanted, listed }) => wanted === 'observer' && listed === 'voter')
    .sort(restartOrder)
    .find((each) => hasMajority(facts, votersWith(facts, each, 'observer')));
  if (!member) return undefined;
  const why = `${nameOf(member)} should be an observer`;
  return { phase: 'Shrinking', step: 'admit', id: member.id, as: 'observer', why };
}

/** A member leaves the membership before its pod goes; the leader leaves last. */
function shrink(facts: Facts): Step | undefined {
  const { members, replicas, firstId } = facts;
  const wanted = members.filter((member) => member.wanted).length;
  const top = firstId + replicas - 1;
  const counts = ({ id, listed, ghost }: Member) => listed && (id === top || ghost?.of === top);
  if (replicas > wanted && !members.some(counts)) {
    const why = `member ${top} has left the cluster`;
    return { phase: 'Shrinking', step: 'scale', replicas: replicas - 1, why };
  }
  const leaving = members.filter((each) => each.listed && !each.wanted).sort(restartOrder);
  if (leaving.length === 0) return undefined;
  const member = leaving.find((each) => hasMajority(facts, votersWith(facts, each, undefined)));
  if (!member) {
    return wait('Shrinking', 'majority', `no majority would be in step without ${nameOf(leaving[0])}`);
  }
  return { phase: 'Shrinking', step: 'dismiss', id: member.id, why: `${nameOf(member)} is wanted no more` };
}

function awaitGone(facts: Facts): Step | undefined {
  const left = facts.members.filter(({ wanted, pod }) => !wanted && pod);
  if (left.length === 0) return undefined;
  return stuck(facts, 'Shrinking', 'leaving', `waits for pods to end: ${left.map(nameOf).join(', ')}`, left);
}

function tidy({ chore }: Facts): Step | undefined {
  return chore && { phase: 'Maintaining', step: 'maintain', why: chore.why };
}

function awaitMended({ trouble }: Facts): Step | undefined {
  return trouble && wait('Maintaining', 'maintenance', trouble.why, trouble.todo);
}

function awaitProvisioned({ provisionFailed }: Facts): Step | undefined {
  if (!provisionFailed) return undefined;
  const todo = 'It is tried again and again; if it goes on, mend what the error names.';
  return wait('Provisioning', 'provision', `provisioning failed: ${provisionFailed}`, todo);
}
