import { isDeepStrictEqual } from 'node:util';
import { plan } from '../../../lib/plan/plan';
import type { Manifest } from '../../../lib/plan/types';
import { rendering } from '../../plan/pair';
import type { Run } from '../harness/run';
import { eventually, missing, SECOND } from '../harness/wait';
import { type ClaimFate, Claims } from './claim-fates';
import { type PodFate, PodTallies, type PodTally } from './pod-tally';
import { Scene } from './scene';

const DEADLINE_SECONDS = 180;

/** What is to be seen. */
export interface Sight {
  readonly pods?: Partial<PodFate>;
  readonly claims?: Readonly<Record<string, ClaimFate>>;
  /** Throws what is missing. */
  readonly sees?: (scene: Scene) => Promise<void>;
}

/** A change, what the plan says of it, and what is seen once it was applied. */
export interface Outcome {
  /** Name of the outcome, of its label, and of its main object. */
  readonly name: string;
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
  /** How the effects of the plan begin, as `verdict: what`, in the order of the plan. */
  readonly says: readonly string[];
  readonly seen: Sight;
  /** What somebody does afterwards, and what comes of that. */
  readonly next?: { readonly act: (scene: Scene) => Promise<void>; readonly seen: Sight };
}

/** One outcome while it is played. */
class Play {
  private readonly scene: Scene;
  private readonly claims: Claims;
  private readonly tally: PodTally;
  private last: Sight;

  constructor(
    run: Run,
    tallies: PodTallies,
    private readonly outcome: Outcome,
    private readonly deadlineSeconds: number,
  ) {
    this.tally = tallies.of(outcome.name);
    this.claims = new Claims(run, outcome.name);
    this.scene = new Scene(run, this.tally);
    this.last = outcome.seen;
  }

  get name(): string {
    return this.outcome.name;
  }

  /** Applies the one, then the other, and sees what the plan said. */
  async play(nodes: number): Promise<void> {
    const { before, after, says, seen, next } = this.outcome;
    this.expectPlan();
    for (const manifest of before) await this.scene.apply(manifest);
    const pods = before.reduce((sum, manifest) => sum + podsOf(manifest, nodes), 0);
    await this.wait(
      'what was there before',
      async () => {
        if (this.tally.ready !== pods) missing(`${this.tally.ready} pods are ready, not ${pods}`);
      },
      DEADLINE_SECONDS,
    );
    await this.claims.begin();
    this.tally.begin();
    if (says.length > 0) await this.notYet(seen);
    await this.change(before, after);
    await this.wait('what the plan said', () => this.look(seen));
    if (!next) return;
    await this.notYet(next.seen);
    await next.act(this.scene);
    this.last = next.seen;
    await this.wait('what the plan said of later', () => this.look(next.seen));
  }

  /** Looks again: what has come true stays so, and what must not happen has not happened late. */
  lookAgain(): Promise<void> {
    return this.look(this.last).catch((error: Error) => missing(`at the end: ${error.message}`));
  }

  /** Applies, and then deletes what is rendered no more, as pruning does. */
  private async change(before: readonly Manifest[], after: readonly Manifest[]): Promise<void> {
    const key = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;
    const kept = new Set(after.map(key));
    for (const manifest of after) await this.scene.apply(manifest);
    for (const manifest of before) if (!kept.has(key(manifest))) await this.scene.delete(manifest);
  }

  private expectPlan(): void {
    const { before, after, says } = this.outcome;
    const { subjects, unknown } = plan(rendering(before), rendering(after));
    const effects = subjects.flatMap(({ effects }) =>
      effects.map(({ verdict, what }) => `${verdict}: ${what}`),
    );
    const same = effects.length === says.length && says.every((line, at) => effects[at].startsWith(line));
    if (!same || unknown.length > 0)
      throw new Error(`the plan says ${JSON.stringify([...effects, ...unknown], null, 1)}`);
  }

  /** What is seen without the change proves nothing. */
  private async notYet(sight: Sight): Promise<void> {
    await this.wait('a sight that is not there yet', async () => {
      const there = await this.look(sight).then(
        () => true,
        () => false,
      );
      if (there) missing('what is to be seen is seen before the change');
    });
  }

  private async look({ pods, claims, sees }: Sight): Promise<void> {
    const { fate } = this.tally;
    for (const [name, wanted] of Object.entries(pods ?? {})) {
      if (!isDeepStrictEqual(fate[name as keyof PodFate], wanted))
        missing(`pods: ${JSON.stringify(fate)}, not ${JSON.stringify(pods)}`);
    }
    if (claims) {
      const fates = await this.claims.fates();
      if (!isDeepStrictEqual(fates, claims))
        missing(`claims: ${JSON.stringify(fates)}, not ${JSON.stringify(claims)}`);
    }
    await sees?.(this.scene);
  }

  private wait(what: string, condition: () => Promise<void>, seconds = this.deadlineSeconds): Promise<void> {
    return eventually(what, seconds * SECOND, condition);
  }
}

function podsOf({ kind, spec }: Manifest, nodes: number): number {
  if (kind === 'Pod') return 1;
  if (kind === 'DaemonSet') return nodes;
  return kind === 'Deployment' || kind === 'StatefulSet' ? (spec.replicas ?? 1) : 0;
}

/** How many nodes take any pod. */
export async function openNodes(run: Run): Promise<number> {
  const { items } = await run.cluster.core.listNode();
  return items.filter(({ spec }) => !spec?.unschedulable && !spec?.taints?.length).length;
}

/** Plays outcomes side by side in one namespace, and fails with all that did not come true. */
export async function playOutcomes(
  run: Run,
  outcomes: readonly Outcome[],
  nodes: number,
  deadlineSeconds = DEADLINE_SECONDS,
): Promise<undefined> {
  await run.ensureNamespace();
  const tallies = await PodTallies.watch(run);
  const plays = outcomes.map((outcome) => new Play(run, tallies, outcome, deadlineSeconds));
  const problems = new Map<Play, string>();
  const collect = async (action: (play: Play) => Promise<void>) => {
    const going = plays.filter((play) => !problems.has(play));
    const results = await Promise.allSettled(going.map(action));
    for (const [at, result] of results.entries())
      if (result.status === 'rejected') problems.set(going[at], (result.reason as Error).message.trim());
  };
  await collect((play) => play.play(nodes));
  await collect((play) => play.lookAgain());
  if (problems.size > 0) {
    const lines = [...problems].map(([{ name }, problem]) => `${name}: ${problem}`);
    return run.fail(`of ${outcomes.length} outcomes:\n${lines.join('\n')}`);
  }
  return undefined;
}
