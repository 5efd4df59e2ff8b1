import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type Gate, holdGate } from '../../lib/steward/hold-gate';
import { temporary } from '../support/temporary';

type Decision =
  | { readonly action: 'start' }
  | { readonly action: 'wait'; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

const wait = (reason: string): Decision => ({ action: 'wait', reason });

let config: string;
let did: string[];
let lines: Record<string, unknown>[];

beforeEach(() => {
  config = temporary();
  did = [];
  lines = [];
  tell({ size: 1 });
});

function tell(settings: object): void {
  fs.writeFileSync(path.join(config, 'gate.json'), JSON.stringify(settings));
}

/** A gate that decides these things one after the other, each when it is asked for. */
function gate(decisions: readonly (() => Decision)[]): Gate<Decision> {
  let next = 0;
  return {
    subject: { member: 2 },
    decide: async () => decisions[next++](),
    wait: ({ reason }) => void did.push(`wait: ${reason}`),
    start: () => void did.push('start'),
    close: () => void did.push('close'),
  };
}

const hold = (under: (settings: { size: number }) => Gate<Decision>, signal?: AbortSignal) =>
  holdGate({ paths: { config }, log: (line) => lines.push(line), pollMs: 1, signal }, under);

it('decides until the server may start, and logs a reason once', async () => {
  const decisions = [wait('one'), wait('one'), wait('other'), { action: 'start' } as const];
  const decided = await hold(() => gate(decisions.map((each) => () => each)));
  expect(decided).toEqual({ action: 'start' });
  expect(did).toEqual(['wait: one', 'wait: one', 'wait: other', 'start', 'close']);
  expect(lines).toEqual([
    { gate: 'wait', member: 2, reason: 'one' },
    { gate: 'wait', member: 2, reason: 'other' },
  ]);
});

it('begins again when the settings have changed', async () => {
  const changing = () => {
    tell({ size: 2 });
    return wait('one is missing');
  };
  const sizes: number[] = [];
  await hold(({ size }) => {
    sizes.push(size);
    return gate([size === 1 ? changing : () => ({ action: 'start' })]);
  });
  expect(sizes).toEqual([1, 2]);
  expect(did).toEqual(['wait: one is missing', 'close', 'start', 'close']);
  expect(lines.at(-1)).toEqual({ gate: 'again', member: 2, reason: 'the settings have changed' });
});

it('refuses what must not be used', async () => {
  const refused = hold(() => gate([() => ({ action: 'refuse', reason: 'it is of another cluster' })]));
  await expect(refused).rejects.toThrow('it is of another cluster');
  expect(did).toEqual(['close']);
});

it('stops waiting when it is told to', async () => {
  expect(await hold(() => gate([() => wait('one')]), AbortSignal.abort())).toEqual(wait('one'));
  expect(did).toEqual(['wait: one', 'close']);
});
