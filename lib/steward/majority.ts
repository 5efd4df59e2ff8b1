import type { Facts, Member } from './facts';

/** Whether a member has everything that the leader has. */
export function isSynced({ server }: Member): boolean {
  return server.state === 'serving' && server.synced;
}

/** Whether a member is in step and its pod is there to stay. */
function stays({ firstId, replicas }: Facts, member: Member): boolean {
  const { id, pod } = member;
  return pod !== undefined && !pod.terminating && id < firstId + replicas && isSynced(member);
}

/** Whether a member is as it should be, by its own word and by that of Kubernetes. */
export function isWell(facts: Facts, member: Member): boolean {
  return (member.pod?.ready === true || isInvited(facts, member)) && stays(facts, member);
}

/** Whether a member was given its place before it started, and has no vote yet; until then it is never ready. */
export function isInvited({ invites }: Facts, { listed }: Member): boolean {
  return invites === true && listed === 'observer';
}

/** Members that vote now. */
export function voters({ members }: Facts): Member[] {
  return members.filter((member) => member.listed === 'voter');
}

/** The voters after a change of one member. */
export function votersWith(facts: Facts, changed: Member, part: Member['listed']): Member[] {
  const others = voters(facts).filter((member) => member !== changed);
  return part === 'voter' ? [...others, changed] : others;
}

/** Whether enough of these voters are in step, and stay, to go on without anybody else. */
export function hasMajority(facts: Facts, among: readonly Member[]): boolean {
  return among.filter((member) => stays(facts, member)).length > among.length / 2;
}

/** Whether a member has no part in what serves. One that is silent might: it may vote, and answer nobody else. */
export function isIdle({ members }: Facts, { pod, server }: Member): boolean {
  if (server.state !== 'silent') return server.state !== 'serving';
  return pod?.broken !== undefined || !members.some((other) => other.server.state === 'serving');
}

/** Whether a member may go for a while: a majority stays in step without it, or it is all there is. */
export function canSpare(facts: Facts, member: Member): boolean {
  const all = voters(facts);
  const alone = member.listed === 'voter' && all.length === 1;
  // While its pod is away a voter still counts, and is in step with nobody.
  const away: Member[] =
    member.listed === 'voter' ? [{ ...member, server: { state: 'silent', reason: 'it restarts' } }] : [];
  return alone || hasMajority(facts, [...all.filter((each) => each !== member), ...away]);
}

/** Observers first, then followers, the highest id first, the leader last. */
export function restartOrder(a: Member, b: Member): number {
  const rank = ({ listed, server }: Member) =>
    listed === 'observer' ? 0 : server.state === 'serving' && server.role === 'leader' ? 2 : 1;
  return rank(a) - rank(b) || b.id - a.id;
}
