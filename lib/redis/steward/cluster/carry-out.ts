import { setTimeout as delay } from 'node:timers/promises';
import { isRedisError } from '../../wire/errors';
import type { Login } from '../../wire/types';
import type { ClusterNodes } from './cluster-adapter';
import type { ClusterFacts, ClusterNode, ClusterStep, NodeView, SlotMove } from './cluster-facts';
import { ownEntry, viewOf } from './cluster-observe';
import { moveSlots } from './move-slots';
import { rangesOf, slotsIn } from './slots';
import { withKeys } from './strays';

type Viewed = ClusterNode & { readonly view: NodeView };
type Of<S extends ClusterStep['step']> = Extract<ClusterStep, { readonly step: S }>;

/** Steps that are taken in the cluster itself. */
export type NodeStep = Of<
  'meet' | 'assign' | 'replicate' | 'forget' | 'reset' | 'move-slots' | 'settle-slots' | 'failover'
>;

/** How long something that was set going may take until it is to be seen, in milliseconds. */
const MEETING_MS = 3_000;
const FAILOVER_MS = 8_000;
const POLL_MS = 100;

/** Takes steps in the cluster, each of which looks first whether it is still what is missing, and may be taken again. */
export class NodeSteps {
  constructor(
    private readonly nodes: Pick<ClusterNodes, 'redis' | 'patient' | 'portOf' | 'keys'>,
    private readonly facts: ClusterFacts,
  ) {}

  async carryOut(step: NodeStep, mayGoOn: () => void): Promise<void> {
    switch (step.step) {
      case 'meet':
        return this.meet(step);
      case 'assign':
        return this.assign(step);
      case 'replicate':
        return this.replicate(step);
      case 'forget':
        return this.forget(step);
      case 'reset':
        return this.reset(step);
      case 'move-slots':
        return this.moveSlots(step, mayGoOn);
      case 'settle-slots':
        return this.settleSlots(step);
      case 'failover':
        return this.failOver(step);
    }
  }

  /** Config epochs are left to the nodes: they resolve those that collide, and slots that were given out once cannot. */
  private async meet({ at, pods }: Of<'meet'>): Promise<void> {
    const redis = this.nodes.redis(at);
    const met = pods.map((pod) => this.node(pod));
    for (const { pod, host, ip } of met) {
      // It takes no names.
      if (ip === undefined) throw new Error(`${pod} has no address yet`);
      await redis.command('CLUSTER', 'MEET', ip, this.nodes.portOf({ pod, host }));
    }
    await soon(MEETING_MS, async () => {
      const known = (await viewOf(redis)).nodes;
      return met.every(({ view }) =>
        known.some(({ id, handshake, linked }) => id === view?.id && !handshake && linked),
      );
    });
  }

  private async assign({ pod, ranges }: Of<'assign'>): Promise<void> {
    const redis = this.nodes.redis(pod);
    const view = await viewOf(redis);
    const mine = new Set(slotsIn(ownEntry(view).slots));
    const missing = rangesOf(slotsIn(ranges).filter((slot) => !mine.has(slot)));
    if (missing.length > 0) await redis.command('CLUSTER', 'ADDSLOTSRANGE', ...missing.flat());
  }

  private async replicate({ pod, of }: Of<'replicate'>): Promise<void> {
    const redis = this.nodes.redis(pod);
    const id = this.idOf(of);
    const { role, master } = ownEntry(await viewOf(redis));
    if (role === 'master' || master !== id) await redis.command('CLUSTER', 'REPLICATE', id);
  }

  /** By everybody at once: who hears of a node from somebody who still knows it knows it again, but for a minute. */
  private async forget({ ids }: Of<'forget'>): Promise<void> {
    const told = this.viewed.filter(({ view }) => !ids.includes(view.id));
    const all = told.flatMap(({ pod, view }) =>
      ids.filter((id) => view.nodes.some((node) => node.id === id)).map((id) => ({ pod, id })),
    );
    const outcomes = await Promise.allSettled(
      all.map(({ pod, id }) => this.nodes.redis(pod).command('CLUSTER', 'FORGET', id)),
    );
    const failures = outcomes.flatMap((outcome, at) => {
      if (outcome.status === 'fulfilled' || isUnknown(outcome.reason)) return [];
      return `${all[at].pod} does not forget ${all[at].id}: ${(outcome.reason as Error).message}`;
    });
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  private async reset({ pod }: Of<'reset'>): Promise<void> {
    const { view } = this.node(pod);
    const redis = this.nodes.redis(pod);
    const own = ownEntry(await viewOf(redis));
    if (own.id !== view?.id) return;
    const holder = this.viewed.find(
      (other) =>
        other.pod !== pod && other.view.nodes.some(({ id, slots }) => id === own.id && slots.length > 0),
    );
    if (holder) throw new Error(`${holder.pod} knows ${pod} as the master of slots`);
    // A hard one: by its old id the others may have forgotten it, and would not meet it for a minute.
    await redis.command('CLUSTER', 'RESET', 'HARD');
  }

  private moveSlots({ moves }: Of<'move-slots'>, mayGoOn: () => void): Promise<void> {
    const movers = {
      movingOf: (move: SlotMove) => {
        const [source, target] = [move.from, move.to].map((id) => this.nodeOf(id));
        const { pod, host, ip } = target;
        return {
          from: move.from,
          to: move.to,
          source: this.nodes.patient(source.pod),
          target: this.nodes.patient(pod),
          // A server that looks up a name serves nobody meanwhile.
          at: { host: ip ?? host, port: this.nodes.portOf({ pod, host }) },
          logins: this.logins,
          replicated: target.server.state === 'serving' && target.server.replicas.length > 0,
        };
      },
      othersOf: (move: SlotMove) =>
        this.viewed
          .filter(({ view }) => ownEntry(view).role === 'master' && ![move.from, move.to].includes(view.id))
          .map(({ pod }) => this.nodes.redis(pod)),
    };
    return moveSlots(moves, movers, mayGoOn);
  }

  /** Nothing is on its way where only its master has keys of a slot. */
  private async settleSlots({ slots }: Of<'settle-slots'>): Promise<void> {
    for (const node of this.viewed) {
      const redis = this.nodes.redis(node.pod);
      const { migrating, importing, ...view } = await viewOf(redis);
      const own = ownEntry(view);
      if (own.role !== 'master') continue;
      const mine = new Set(slotsIn(own.slots));
      const open = [...migrating, ...importing]
        .map(({ slot }) => slot)
        .filter((slot) => slots.includes(slot));
      const kept = await withKeys(
        redis,
        open.filter((slot) => !mine.has(slot)),
      );
      if (kept.length > 0) throw new Error(`${node.pod} has keys of slot ${kept.join(', ')} meanwhile`);
      for (const slot of new Set(open)) await redis.command('CLUSTER', 'SETSLOT', slot, 'STABLE');
    }
  }

  /** Its master has nothing written until the replica has everything, and goes on as a master where that takes too long. */
  private async failOver({ pod, force }: Of<'failover'>): Promise<void> {
    const { view } = this.node(pod);
    if (!view) throw new Error(`${pod} does not say whom it knows`);
    const redis = this.nodes.redis(pod);
    const own = ownEntry(await viewOf(redis));
    // Forced, the other masters still elect it, and its own, which is gone, is not asked.
    if (own.role === 'replica') await redis.command('CLUSTER', 'FAILOVER', ...(force ? ['FORCE'] : []));
    const all = this.viewed.map((node) => this.nodes.redis(node.pod));
    const done = await soon(FAILOVER_MS, async () => {
      const views = await Promise.all(all.map((each) => viewOf(each).catch(() => undefined)));
      return views.every((each) => !each || hasTakenOver(each, view.id, own.master));
    });
    if (!done) throw new Error(`${pod} has not taken over within ${FAILOVER_MS} ms`);
  }

  private get viewed(): Viewed[] {
    return this.facts.nodes.filter((node): node is Viewed => node.view !== undefined);
  }

  private get logins(): Login[] {
    return this.nodes.keys.transports().flatMap(({ login }) => login ?? []);
  }

  private node(pod: string): ClusterNode {
    const found = this.facts.nodes.find((node) => node.pod === pod);
    if (!found) throw new Error(`${pod} is no node that is known`);
    return found;
  }

  private nodeOf(id: string): Viewed {
    const found = this.viewed.find(({ view }) => view.id === id);
    if (!found) throw new Error(`node ${id} does not serve`);
    return found;
  }

  /** Of a pod, or what is one already. */
  private idOf(name: string): string {
    return this.viewed.find(({ pod }) => pod === name)?.view.id ?? name;
  }
}

/** Whether a node knows that a replica has taken its master's place. */
function hasTakenOver({ nodes }: Pick<NodeView, 'nodes'>, id: string, master: string | undefined): boolean {
  const now = nodes.find((node) => node.id === id);
  const before = nodes.find((node) => node.id === master);
  return now?.role === 'master' && now.slots.length > 0 && (before?.slots.length ?? 0) === 0;
}

const isUnknown = (error: unknown): boolean => isRedisError(error) && /Unknown node/i.test(error.message);

/** Whether something is so within a time; who does not answer makes it no less so. */
async function soon(withinMs: number, is: () => Promise<boolean>): Promise<boolean> {
  for (const until = performance.now() + withinMs; ; ) {
    if (await is().catch(() => false)) return true;
    if (performance.now() >= until) return false;
    await delay(POLL_MS);
  }
}
