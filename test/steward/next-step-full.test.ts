import { describe, expect, it } from 'vitest';
import { nextStep } from '../../lib/steward/next-step';
import { factsOf } from './facts-of';

const GUEST = '2 v/o observer unready';
const NEXT = '3 v/- gate empty';

describe('a membership that takes observers', () => {
  it('invites the next one before it gives votes to all', () => {
    const facts = factsOf({ invites: true, founders: [1] }, '1 v/v leader', GUEST, NEXT);
    expect(nextStep(facts)).toMatchObject({ step: 'admit', id: 3, as: 'observer' });
  });

  it('gives a vote first where it takes no more', () => {
    const facts = factsOf({ invites: true, founders: [1], full: true }, '1 v/v leader', GUEST, NEXT);
    expect(nextStep(facts)).toMatchObject({ step: 'admit', id: 2, as: 'voter' });
  });

  it('waits for the one that it has to catch up where it takes no more', () => {
    const behind = '2 v/o observer behind unready';
    const facts = factsOf({ invites: true, founders: [1], full: true }, '1 v/v leader', behind, NEXT);
    expect(nextStep(facts)).toMatchObject({ step: 'wait', cause: 'joining' });
  });
});

it('what only people can mend is told once nothing else is to be done', () => {
  const trouble = { why: 'a disk is too small', todo: 'Make it larger.' };
  const members = ['1 v/v leader', '2 v/v follower', '3 v/v follower'];
  expect(nextStep(factsOf({ trouble }, ...members))).toEqual({
    phase: 'Maintaining',
    step: 'wait',
    cause: 'maintenance',
    ...trouble,
  });
  expect(nextStep(factsOf({ trouble }, ...members.slice(0, 2), '3 v/v follower old'))).toMatchObject({
    step: 'restart',
  });
});
