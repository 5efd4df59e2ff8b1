import type { Decision } from './charge';
import { family, type Sample } from './exposition';
import type { Phase } from './facts';

const PHASES: readonly Phase[] = [
  'Applying',
  'Forming',
  'Provisioning',
  'Growing',
  'Healing',
  'Rolling',
  'Shrinking',
  'Maintaining',
  'Settled',
];

/** What Prometheus is told. Times are seconds of a clock that never goes back. */
export class Metrics {
  private readonly steps = new Map<string, { count: number; seconds: number }>();
  private readonly blocked = new Map<string, number>();
  private readonly failures = new Map<string, number>();
  private phase: Phase | undefined;
  private samples = '';
  private last: { readonly cause?: string; readonly at: number } | undefined;
  private underWay: { readonly step: string; readonly since: number } | undefined;
  private readonly began: number;

  constructor(
    private readonly cluster: string,
    private readonly now: () => number,
  ) {
    this.began = now();
  }

  /** Notes what was decided on, with what the charge tells of its members. */
  note(step: Decision, samples: string): void {
    const at = this.now();
    if (this.last?.cause) add(this.blocked, this.last.cause, at - this.last.at);
    this.last = { at, cause: step.cause };
    this.samples = samples;
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
  begin(step: Decision): void {
    this.underWay = { step: step.step, since: this.now() };
  }

  /** Notes that something failed, such as the step that was begun. */
  fail(what: string): void {
    add(this.failures, what, 1);
    if (this.underWay?.step === what) this.underWay = undefined;
  }

  /** The exposition format of Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
  render(): string {
    const { phase, last } = this;
    const of = (
      name: string,
      type: 'gauge' | 'counter' | 'summary',
      help: string,
      samples: readonly Sample[],
    ) => family(`cdk8s_stateful_steward_${name}`, type, help, { cluster: this.cluster }, samples);
    return [
      of(
        'phase',
        'gauge',
        'What the cluster is going through; 1 for the present phase.',
        PHASES.map((each) => [{ phase: each }, each === phase ? 1 : 0]),
      ),
      this.samples,
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

function add(counters: Map<string, number>, key: string, value: number): void {
  counters.set(key, (counters.get(key) ?? 0) + value);
}
