import type { Facts, Phase, Step } from './facts';

const PHASES: readonly Phase[] = [
  'Applying',
  'Forming',
  'Provisioning',
  'Growing',
  'Healing',
  'Rolling',
  'Shrinking',
  'Settled',
];
const ROLES = ['leader', 'follower', 'observer', 'gate', 'waiting', 'silent'] as const;

/** What Prometheus is told. Times are seconds of a clock that never goes back. */
export class Metrics {
  private readonly steps = new Map<string, { count: number; seconds: number }>();
  private readonly blocked = new Map<string, number>();
  private readonly failures = new Map<string, number>();
  private phase: Phase | undefined;
  private facts: Facts | undefined;
  private last: { readonly cause?: string; readonly at: number } | undefined;
  private underWay: { readonly step: string; readonly since: number } | undefined;
  private readonly began: number;

  constructor(
    private readonly cluster: string,
    private readonly now: () => number,
  ) {
    this.began = now();
  }

  /** Notes a look at the cluster and what was decided on. */
  note(facts: Facts, step: Step): void {
    const at = this.now();
    if (this.last?.cause) add(this.blocked, this.last.cause, at - this.last.at);
    this.last = { at, cause: step.step === 'wait' ? step.cause : undefined };
    this.facts = facts;
    this.phase = step.phase;
    // A step is over when the next one is possible, so a restart lasts until the member is well again.
    if (this.underWay && step.step !== 'wait') {
      const { step: name, since } = this.underWay;
      const { count, seconds } = this.steps.get(name) ?? { count: 0, seconds: 0 };
      this.steps.set(name, { count: count + 1, seconds: seconds + at - since });
      this.underWay = undefined;
    }
  }

  /** Notes that a step is carried out. */
  begin(step: Step): void {
    this.underWay = { step: step.step, since: this.now() };
  }

  /** Notes that something failed, such as the step that was begun. */
  fail(what: string): void {
    add(this.failures, what, 1);
    if (this.underWay?.step === what) this.underWay = undefined;
  }

  /** The exposition format of Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
  render(): string {
    const { facts, phase, last } = this;
    const role = (member: Facts['members'][number]) =>
      member.server.state === 'serving' ? member.server.role : member.server.state;
    const of = (name: string, type: string, help: string, samples: readonly Sample[]) =>
      family(this.cluster, name, type, help, samples);
    return [
      of(
        'phase',
        'gauge',
        'What the cluster is going through; 1 for the present phase.',
        PHASES.map((each) => [{ phase: each }, each === phase ? 1 : 0]),
      ),
      of(
        'members',
        'gauge',
        'Members by what their servers say.',
        ROLES.map((each) => [
          { role: each },
          facts?.members.filter((member) => role(member) === each).length ?? 0,
        ]),
      ),
      of('members_wanted', 'gauge', 'Members that should exist.', [
        [{}, facts?.members.filter((member) => member.wanted).length ?? 0],
      ]),
      of('members_outdated', 'gauge', 'Members that have yet to be restarted.', [
        [{}, facts?.members.filter(({ wanted, pod }) => wanted && pod?.outdated).length ?? 0],
      ]),
      of('last_look_seconds', 'gauge', 'Seconds since the cluster was last looked at.', [
        [{}, this.now() - (last?.at ?? this.began)],
      ]),
      of(
        'blocked_seconds_total',
        'counter',
        'Seconds spent waiting, by cause.',
        [...this.blocked].map(([cause, seconds]) => [{ cause }, seconds]),
      ),
      of(
        'failures_total',
        'counter',
        'Requests that failed, by what was attempted.',
        [...this.failures].map(([what, count]) => [{ what }, count]),
      ),
      of(
        'step_seconds',
        'summary',
        'How long steps took, until the next was possible.',
        [...this.steps].flatMap(([step, { count, seconds }]): Sample[] => [
          [{ step }, seconds, '_sum'],
          [{ step }, count, '_count'],
        ]),
      ),
    ].join('');
  }
}

type Sample = [labels: Record<string, string>, value: number, suffix?: string];

function add(counters: Map<string, number>, key: string, value: number): void {
  counters.set(key, (counters.get(key) ?? 0) + value);
}

/** A metric with its samples, in the exposition format; nothing while there are none. */
function family(
  cluster: string,
  name: string,
  type: string,
  help: string,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return '';
  const full = `cdk8s_stateful_steward_${name}`;
  const lines = samples.map(([labels, value, suffix = '']) => {
    const all = Object.entries({ cluster, ...labels }).map(([key, text]) => `${key}="${text}"`);
    return `${full}${suffix}{${all.join(',')}} ${Number(value.toFixed(3))}\n`;
  });
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}
