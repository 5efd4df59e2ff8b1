import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ValidationError } from '../../lib';
import { formatProblems, reportedProblems, reportFindings } from '../../lib/core/problem';
import { chartIn } from '../support/rendering';

describe('formatProblems', () => {
  it('groups problems by construct, in the order in which they were found', () => {
    expect(
      formatProblems([
        { code: 'a/b', path: 'dev/x', message: 'first' },
        { code: 'c/d', path: 'dev/y', message: 'alone' },
        { code: 'e/f', path: 'dev/x', message: 'second' },
      ]),
    ).toBe(`dev/x: 2 problems
  [a/b] first
  [e/f] second
dev/y: 1 problem
  [c/d] alone`);
  });

  it('is the message of a ValidationError', () => {
    const problems = [{ code: 'a/b', path: 'dev/x', message: 'first' }];
    const error = new ValidationError(problems);
    expect(error).toMatchObject({
      name: 'ValidationError',
      message: 'dev/x: 1 problem\n  [a/b] first',
      problems,
    });
  });
});

describe('reportedProblems', () => {
  it('gathers what constructs report, each with its path', () => {
    const chart = chartIn();
    const below = new Construct(chart, 'below');
    reportFindings(chart, [
      { code: 'a/b', message: 'one' },
      { code: 'a/c', message: 'two\nlines [x/y] z' },
    ]);
    reportFindings(below, [{ code: 'd/e', message: 'three' }]);
    reportFindings(below, []);
    expect(reportedProblems(chart.node.root)).toEqual([
      { code: 'a/b', path: 'stack', message: 'one' },
      { code: 'a/c', path: 'stack', message: 'two\nlines [x/y] z' },
      { code: 'd/e', path: 'stack/below', message: 'three' },
    ]);
  });

  it('takes validations that know nothing of codes', () => {
    const chart = chartIn();
    chart.node.addValidation({ validate: () => ['plain', '[not a code] text'] });
    chart.node.root.node.addValidation({ validate: () => ['of the app'] });
    expect(reportedProblems(chart.node.root)).toEqual([
      { code: 'core/construct', path: 'app', message: 'of the app' },
      { code: 'core/construct', path: 'stack', message: 'plain' },
      { code: 'core/construct', path: 'stack', message: '[not a code] text' },
    ]);
  });
});
