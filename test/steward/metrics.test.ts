import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Facts, Member, Step } from '../../lib/steward/facts';
import { Metrics } from '../../lib/steward/metrics';
import { memberSamples } from '../../lib/steward/quorum-charge';

const member = (id: number, change: Partial<Member> = {}): Member => ({
  id,
  wanted: 'voter',
  listed: 'voter',
  server: { state: 'serving', role: 'follower', synced: true, lag: 0 },
  ...change,
});
const FACTS: Facts = {
  formed: true,
  founders: [1],
  firstId: 1,
  replicas: 3,
  quorum: true,
  provisioned: true,
  members: [
    member(1, { server: { state: 'serving', role: 'leader', synced: true, lag: 0 } }),
    member(2, { server: { state: 'gate', disk: 'data' } }),
    member(3, { wanted: undefined, server: { state: 'silent', reason: 'it is away' } }),
  ],
};
const SAMPLES = memberSamples('zk', FACTS);
const RESTART: Step = { phase: 'Rolling', step: 'restart', id: 1, uid: 'u', why: 'why' };
const ADMIT: Step = { phase: 'Growing', step: 'admit', id: 1, as: 'voter', why: 'why' };
const WAIT: Step = { phase: 'Rolling', step: 'wait', cause: 'member', why: 'why' };
const BUDGET: Step = { phase: 'Rolling', step: 'wait', cause: 'budget', why: 'why' };
const REST: Step = { phase: 'Settled', step: 'rest', why: 'why' };

let now: number;
let metrics: Metrics;
beforeEach(() => {
  now = 1_000;
  metrics = new Metrics('zk', () => now);
});

/** A sample's value; undefined when there is none. */
function value(name: string, labels = ''): number | undefined {
  const all = `{cluster="zk"${labels && `,${labels}`}}`;
  const line = metrics
    .render()
    .split('\n')
    .find((each) => each.startsWith(`cdk8s_stateful_steward_${name}${all} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

function everything(): string {
  metrics.note(RESTART, SAMPLES);
  metrics.begin(RESTART);
  now += 1.5;
  metrics.note(WAIT, SAMPLES);
  now += 10.25;
  metrics.note(REST, SAMPLES);
  metrics.fail('look');
  return metrics.render();
}

describe('metrics', () => {
  it('are what Prometheus reads', () => {
    const text = everything();
    const sample = /^(cdk8s_stateful_steward_[a-z_]+)\{([a-z]+="[^"\\\n]*",?)+\} -?\d+(\.\d+)?$/;
    const types = new Map<string, string>();
    for (const line of text.trimEnd().split('\n')) {
      const [, type, name, kind] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
      if (type === 'TYPE') types.set(name, kind);
      if (type) continue;
      const found = sample.exec(line)?.[1] ?? '';
      expect(found, line).not.toBe('');
      const family = types.get(found) ?? types.get(found.replace(/_(sum|count)$/, ''));
      expect(family, line).toMatch(/^(gauge|counter|summary)$/);
      if (family === 'counter') expect(found).toMatch(/_total$/);
    }
    expect(text.endsWith('\n')).toBe(true);
    expect([...types.keys()].length).toBe(8);
    const names = text.split('\n').map((line) => line.split(' ')[0]);
    const samples = names.filter((name) => name !== '#' && name !== '');
    expect(new Set(samples).size).toBe(samples.length);
  });

  it('please promtool', ({ skip }) => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: everything(), encoding: 'utf8' });
    if (checked.error) return skip('there is no promtool on the PATH');
    const { status, stdout, stderr } = checked;
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it('are there before the first look', () => {
    expect(value('phase', 'phase="Settled"')).toBe(0);
    expect(value('last_look_seconds')).toBe(0);
    expect(metrics.render()).not.toMatch(/undefined|NaN|Infinity/);
  });

  it('say how the members are', () => {
    metrics.note(REST, SAMPLES);
    const roles = ['leader', 'follower', 'observer', 'gate', 'waiting', 'silent'];
    expect(roles.map((role) => value('members', `role="${role}"`))).toEqual([1, 0, 0, 1, 0, 1]);
    expect(value('members_wanted')).toBe(2);
    expect(value('members_outdated')).toBe(0);
    expect(value('phase', 'phase="Settled"')).toBe(1);
    expect(value('phase', 'phase="Rolling"')).toBe(0);
  });

  it('say how long ago the cluster was looked at, also when it never was', () => {
    now += 30;
    expect(value('last_look_seconds')).toBe(30);
    metrics.note(REST, SAMPLES);
    now += 7;
    expect(value('last_look_seconds')).toBe(7);
  });

  it('count the time that was waited, by cause', () => {
    metrics.note(WAIT, SAMPLES);
    now += 2;
    metrics.note(BUDGET, SAMPLES);
    now += 3;
    metrics.note(RESTART, SAMPLES);
    now += 5;
    metrics.note(WAIT, SAMPLES);
    now += 1;
    metrics.note(REST, SAMPLES);
    now += 100;
    metrics.note(REST, SAMPLES);
    expect([
      value('blocked_seconds_total', 'cause="member"'),
      value('blocked_seconds_total', 'cause="budget"'),
    ]).toEqual([3, 3]);
  });

  it('say how long a step took, until the next was possible', () => {
    metrics.begin(RESTART);
    now += 1;
    metrics.note(WAIT, SAMPLES);
    now += 9;
    metrics.note(ADMIT, SAMPLES);
    metrics.begin(ADMIT);
    now += 2;
    metrics.note(REST, SAMPLES);
    metrics.note(REST, SAMPLES);
    expect([
      value('step_seconds_count', 'step="restart"'),
      value('step_seconds_sum', 'step="restart"'),
    ]).toEqual([1, 10]);
    expect([value('step_seconds_count', 'step="admit"'), value('step_seconds_sum', 'step="admit"')]).toEqual([
      1, 2,
    ]);
  });

  it('count no step that failed', () => {
    for (let time = 0; time < 3; time++) {
      metrics.note(RESTART, SAMPLES);
      metrics.begin(RESTART);
      metrics.fail('restart');
      metrics.note(BUDGET, SAMPLES);
    }
    metrics.note(REST, SAMPLES);
    expect(value('step_seconds_count', 'step="restart"')).toBeUndefined();
    expect(value('failures_total', 'what="restart"')).toBe(3);
  });

  it('go on with a step while something else fails', () => {
    metrics.begin(RESTART);
    metrics.fail('status');
    metrics.note(REST, SAMPLES);
    expect(value('step_seconds_count', 'step="restart"')).toBe(1);
  });
});
