import type { Part } from '../../steward/facts';
import { within } from '../../steward/within';
import type { EtcdMember, MemberEntry, MemberStatus } from '../api/types';
import { becomes, insist, type Patience } from './insist';
import { type Look, statusesOf } from './look';
import type { EtcdMembers } from './members';
import { isLost, isSameMembership } from './places';
import { probe } from './probe';

/** Times of changes, in milliseconds. */
export interface ChangeTiming {
  /** For what a member is asked before or after a change. */
  readonly probe: number;
  /** For what etcd may refuse for a while. */
  readonly change: Patience;
  /** For what members have to notice. */
  readonly notice: Patience;
}

/** Id of no member. */
const NOBODY = 1n;

/** Changes of the membership that was looked at last. Each may be broken off anywhere and begun anew. */
export class Membership {
  constructor(
    private readonly members: EtcdMembers,
    /** Members that should exist. */
    private readonly wanted: ReadonlySet<number>,
    private readonly timing: ChangeTiming,
    private readonly look: () => Look,
  ) {}

  /** Invites a member as a learner, or gives a learner a vote. */
  async admit(id: number, as: Part): Promise<void> {
    const { addresses } = this.members;
    const name = addresses.name(id);
    const entry = this.place(id);
    const here = entry && (entry.learner ? 'observer' : 'voter');
    if (here === as) return;
    if (here === 'voter')
      throw new Error(`${name} has a vote, and etcd makes no learner of a member that has one`);
    if (as === 'voter' && !entry) throw new Error(`${name} has no place in the membership yet`);
    const member = this.speaker();
    const is = async () => {
      const now = (await member.memberList()).find((each) =>
        entry
          ? each.id === entry.id
          : each.name === '' && each.peerUrls.some((url) => addresses.idOfPeerUrl(url) === id),
      );
      return now !== undefined && now.learner === (as === 'observer');
    };
    await this.change(member, is, async () => {
      if (entry) await member.memberPromote(entry.id);
      else await member.memberAdd(addresses.peerUrl(id), true);
    });
  }

  /** Takes a place out of the membership. */
  async dismiss(id: number): Promise<void> {
    const entry = this.place(id);
    if (!entry) throw new Error(`${this.called(id)} has no place in the membership`);
    if (this.look().places?.foreign.includes(entry)) {
      throw new Error(`${this.called(id)} was added by hand, and is taken out by hand only`);
    }
    const ghost = this.look().places?.ghosts.get(id);
    if (ghost) await this.isStillLost(ghost.of);
    else await this.handOver(id);
    const member = this.speaker(id);
    const isGone = async () => (await member.memberList()).every((each) => each.id !== entry.id);
    await this.change(member, isGone, () => member.memberRemove(entry.id));
    await this.remember(member);
  }

  /** Returns once every member that serves has applied the membership as it is now. */
  async spread(): Promise<void> {
    const { entries = new Map() } = this.look().places ?? {};
    const serving = [...statusesOf(this.look().answers).keys()].filter((id) => entries.has(id));
    const latest = await this.speaker().memberList();
    const agrees = async (id: number) => {
      // Who does not answer learns of it before it serves anybody again.
      const list = await this.members
        .of(id)
        .memberList()
        .catch(() => latest);
      return isSameMembership(list, latest);
    };
    const all = async () => (await Promise.all(serving.map(agrees))).every(Boolean);
    if (!(await becomes(all, this.timing.notice))) {
      throw new Error('some members have not heard of the last change of the membership yet');
    }
    await this.remember(this.speaker());
  }

  /** Has the member lead that has most of what this one has, if this one leads; unless there is nobody else to. */
  async handOver(id: number): Promise<void> {
    const before = statusesOf(this.look().answers).get(id);
    if (!before) return;
    const leads = async () => {
      const { leader, memberId } = await this.status(id);
      return leader === memberId;
    };
    if (!(await leads())) return;
    const heirs = await this.heirs(id, before.memberId);
    if (heirs === undefined) return;
    const [heir] = heirs;
    if (!heir) throw new Error(`${this.called(id)} leads, and nobody else is well enough to lead`);
    const moved = async () => !(await leads());
    await insist(() => this.members.of(id).moveLeader(heir.memberId), moved, this.timing.change);
    if (await becomes(moved, this.timing.notice)) return;
    throw new Error(`${this.called(id)} still leads, although it was told to hand over`);
  }

  /** Voters that could lead instead, the best first; undefined: there is no other voter at all. */
  private async heirs(id: number, leader: bigint): Promise<MemberStatus[] | undefined> {
    const { membership = new Map<number, Part>(), entries = new Map<number, MemberEntry>() } =
      this.look().places ?? {};
    const voters = [...membership].filter(([other, part]) => part === 'voter' && other !== id);
    if (voters.length === 0) return undefined;
    const asked = voters
      .filter(([other]) => other >= 0)
      .map(async ([other]) => {
        const status = await this.status(other).catch(() => undefined);
        return status?.memberId === entries.get(other)?.id ? status && { other, status } : undefined;
      });
    const stays = (other: number) => Number(this.wanted.has(other));
    return (await Promise.all(asked))
      .flatMap((each) => (each?.status.leader === leader ? each : []))
      .sort(
        (a, b) =>
          stays(b.other) - stays(a.other) ||
          Number(b.status.raftAppliedIndex - a.status.raftAppliedIndex) ||
          a.other - b.other,
      )
      .map(({ status }) => status);
  }

  /** Changes the membership, provided that it is still the one that was looked at. */
  private async change(
    member: EtcdMember,
    done: () => Promise<boolean>,
    attempt: () => Promise<void>,
  ): Promise<void> {
    const unchanged = async () => {
      const { known } = this.look();
      if (!known || !isSameMembership(known.list, await member.memberList())) {
        throw new Error('the membership has changed meanwhile');
      }
    };
    await insist(() => unchanged().then(attempt), done, this.timing.change);
  }

  /**
   * A member stores a change when it has it, and that it was agreed on only together with the next one. The last of two
   * voters, killed in between, would wait for the other one, which has left for good. So there is a next one at once: to
   * take back an alarm that nobody has raised changes nothing.
   */
  private async remember(member: EtcdMember): Promise<void> {
    await member.disarm({ memberId: NOBODY, alarm: 'NOSPACE' });
  }

  private async isStillLost(id: number): Promise<void> {
    const { members, timing } = this;
    const answer = await probe(id, members.of(id), members.addresses.of(id), timing.probe);
    const { known } = this.look();
    if (known && answer.state === 'gate' && isLost(answer.report, known)) return;
    throw new Error(`${members.addresses.name(id)} has another disk than a moment ago`);
  }

  /** A member to ask for changes: the leader, unless it is about to leave. */
  private speaker(leaving?: number): EtcdMember {
    const { leader, answers, places } = this.look();
    if (!leader || !places) throw new Error('no leader serves');
    const others = [...statusesOf(answers)]
      .filter(([id, status]) => places.entries.get(id)?.id === status.memberId && !status.learner)
      .map(([id]) => id);
    const id = [leader.speaker, ...others].find((each) => each !== leaving);
    return this.members.of(id ?? leader.speaker);
  }

  private status(id: number): Promise<MemberStatus> {
    return within(this.timing.probe, this.members.of(id).status());
  }

  private place(id: number): MemberEntry | undefined {
    const { places } = this.look();
    if (!places) throw new Error('no leader serves');
    return places.entries.get(id);
  }

  private called(id: number): string {
    return this.look().places?.ghosts.get(id)?.name ?? this.members.addresses.name(id);
  }
}
